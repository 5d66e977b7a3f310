/* Preloaded into a process, it counts the calls that write to files under one folder
   and, at one of them, kills the process or makes the call fail. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { NOTHING, KILL, FULL, BROKEN, SHORT };

static char folder[PATH_MAX];
static long point, seen;
static int kind, log_to = -1;
static __thread char path_of[PATH_MAX];

void fault_arm(const char *under, long at, int what) {
    snprintf(folder, sizeof folder, "%s", under);
    point = at;
    kind = what;
    seen = 0;
}

long fault_seen(void) { return seen; }

/* From now on every call is written to this file: what it was, and of which path. */
void fault_log(const char *file) {
    log_to = creat(file, 0600);
}

static void note(char what, const char *path) {
    char line[PATH_MAX + 4];
    if (log_to < 0) return;
    int length = snprintf(line, sizeof line, "%c %s\n", what, path);
    syscall(SYS_write, log_to, line, (size_t)length);
}

void fault_mark(const char *words) { note('#', words); }

static int under(const char *path) {
    return folder[0] && strncmp(path, folder, strlen(folder)) == 0;
}

static int of(int descriptor) {
    char link[64];
    if (!folder[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path_of, sizeof path_of - 1);
    if (length < 0) return 0;
    path_of[length] = 0;
    return under(path_of);
}

/* What is to happen to this call: 0 nothing, else a kind. A full disk stays full. */
static int fate(void) {
    long number = __sync_add_and_fetch(&seen, 1);
    if (kind == FULL && point && number >= point) return FULL;
    if (number != point) return NOTHING;
    if (kind == KILL) kill(getpid(), SIGKILL);
    return kind;
}

static int fails(int what) {
    if (what == FULL) errno = ENOSPC;
    if (what == BROKEN) errno = EIO;
    return what == FULL || what == BROKEN;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int d, const void *data, size_t n) {
    int ours = of(d), what = ours ? fate() : NOTHING;
    if (fails(what)) return -1;
    if (ours) note('w', path_of);
    return REAL(write)(d, data, what == SHORT && n > 1 ? n / 2 : n);
}

ssize_t pwrite64(int d, const void *data, size_t n, off64_t at) {
    int ours = of(d), what = ours ? fate() : NOTHING;
    if (fails(what)) return -1;
    if (ours) note('w', path_of);
    return REAL(pwrite64)(d, data, what == SHORT && n > 1 ? n / 2 : n, at);
}

ssize_t pwrite(int d, const void *data, size_t n, off_t at) { return pwrite64(d, data, n, at); }

static int noted(int d, char what) {
    if (!of(d)) return 0;
    if (fails(fate())) return -1;
    note(what, path_of);
    return 0;
}

int fsync(int d) { return noted(d, 's') ? -1 : REAL(fsync)(d); }

int fdatasync(int d) { return noted(d, 's') ? -1 : REAL(fdatasync)(d); }

int ftruncate64(int d, off64_t n) { return noted(d, 'w') ? -1 : REAL(ftruncate64)(d, n); }

int ftruncate(int d, off_t n) { return ftruncate64(d, n); }

static int placed(const char *path, char what) {
    if (!under(path)) return 0;
    if (fails(fate())) return -1;
    note(what, path);
    return 0;
}

int rename(const char *a, const char *b) {
    if (placed(b, 'e')) return -1;
    if (under(a) && under(b)) { note('m', a); note('>', b); }
    return REAL(rename)(a, b);
}

int unlink(const char *path) { return placed(path, 'u') ? -1 : REAL(unlink)(path); }

int mkdir(const char *path, mode_t mode) {
    return placed(path, access(path, F_OK) ? 'e' : 'o') ? -1 : REAL(mkdir)(path, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if ((flags & O_CREAT) && placed(path, access(path, F_OK) ? 'e' : 'o')) return -1;
    return REAL(open64)(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open64(path, flags, mode);
}
