"""A process in which whoever opens a socket to another machine is killed by the system.

``python -m tests.jail FILE`` runs a file in it. The filter is one of Linux's own
(seccomp), so that native libraries are held as well; where there is none, sockets
are refused in Python alone, and the exit status of :func:`close` says so.
"""

from __future__ import annotations

import ctypes
import faulthandler
import platform
import runpy
import signal
import socket
import struct
import sys

_SOCKET = {"x86_64": 41, "aarch64": 198}
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _TRAP = 0x7FFF0000, 0x00030000
_NUMBER, _FIRST_ARGUMENT = 0, 16
_UNIX = 1
"""The family of sockets within one machine, which asyncio wakes itself with."""


def close() -> bool:
    """Forbid sockets from now on; say whether the system itself does."""
    number = _SOCKET.get(platform.machine())
    if sys.platform != "linux" or number is None:
        _refuse_in_python()
        return False
    steps = [
        (_LOAD, 0, 0, _NUMBER),
        (_EQUAL, 0, 3, number),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, 1, 0, _UNIX),
        (_RETURN, 0, 0, _TRAP),
        (_RETURN, 0, 0, _ALLOW),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    )
    # Killed by a signal that tells where it was; nobody else may come to handle it.
    faulthandler.register(signal.SIGSYS, chain=True)
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, seccomp, as_filter = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(seccomp, as_filter, program):
        _refuse_in_python()
        return False
    return True


def _refuse_in_python() -> None:
    def audit(event: str, given: tuple[object, ...]) -> None:
        if event == "socket.__new__" and given[1] != getattr(socket, "AF_UNIX", None):
            raise RuntimeError("a socket was opened")

    sys.addaudithook(audit)


if __name__ == "__main__":
    sys.stderr.write(f"jail: {'system' if close() else 'Python'}\n")
    runpy.run_path(sys.argv[1], run_name="__main__")
