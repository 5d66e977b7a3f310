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
#include <sys/types.h>
#include <unistd.h>

enum { NOTHING, KILL, FULL, BROKEN, SHORT };

static char folder[PATH_MAX];
static long point, seen;
static int kind;

void fault_arm(const char *under, long at, int what) {
    snprintf(folder, sizeof folder, "%s", under);
    point = at;
    kind = what;
    seen = 0;
}

long fault_seen(void) { return seen; }

static int under(const char *path) {
    return folder[0] && strncmp(path, folder, strlen(folder)) == 0;
}

static int of(int descriptor) {
    char link[64], path[PATH_MAX];
    if (!folder[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return under(path);
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
    int what = of(d) ? fate() : NOTHING;
    if (fails(what)) return -1;
    return REAL(write)(d, data, what == SHORT && n > 1 ? n / 2 : n);
}

ssize_t pwrite64(int d, const void *data, size_t n, off64_t at) {
    int what = of(d) ? fate() : NOTHING;
    if (fails(what)) return -1;
    return REAL(pwrite64)(d, data, what == SHORT && n > 1 ? n / 2 : n, at);
}

ssize_t pwrite(int d, const void *data, size_t n, off_t at) { return pwrite64(d, data, n, at); }

int fsync(int d) { return of(d) && fails(fate()) ? -1 : REAL(fsync)(d); }

int fdatasync(int d) { return of(d) && fails(fate()) ? -1 : REAL(fdatasync)(d); }

int ftruncate64(int d, off64_t n) { return of(d) && fails(fate()) ? -1 : REAL(ftruncate64)(d, n); }

int ftruncate(int d, off_t n) { return ftruncate64(d, n); }

int rename(const char *a, const char *b) {
    return under(b) && fails(fate()) ? -1 : REAL(rename)(a, b);
}

int unlink(const char *path) { return under(path) && fails(fate()) ? -1 : REAL(unlink)(path); }

int mkdir(const char *path, mode_t mode) {
    return under(path) && fails(fate()) ? -1 : REAL(mkdir)(path, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if ((flags & O_CREAT) && under(path) && fails(fate())) return -1;
    return REAL(open64)(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open64(path, flags, mode);
}
