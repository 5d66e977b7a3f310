"""``python -m tui.served``: the index and the model in a process of their own.

It opens both at once, while its parent imports what draws, and answers calls that come as
lines on stdin, each [number, method, arguments], with [number, value, error] on stdout. With
a path in its first line it answers the same on a Unix socket there, for the browser's windows.
It ends when stdin does: however its parent ended.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import IO, Any

from retrieval import QuothError

from .engine import Engine
from .packing import unpacked
from .wire import receive, send

CALLS = frozenset({
    "place", "open", "warm", "facts", "ask", "hits", "document", "documents", "changes", "cite",
    "prove",
})  # fmt: skip
_AT_ONCE = 4
"""Calls of one client that are worked on; the engine itself answers one at a time."""


class Host:
    """Answers the calls of one engine's clients.

    Args:
        engine: opened here, before anything is asked of it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._opened = threading.Event()

    def open(self) -> None:
        """Open the index; what is wrong with it is told to whoever calls."""
        try:
            self._engine.open()
        except QuothError:
            pass
        finally:
            self._opened.set()

    def serve(self, read: IO[bytes], write: IO[bytes]) -> None:
        """Answer calls until there are no more."""
        lock = threading.Lock()

        def answer(number: int, name: str, given: Sequence[Any]) -> None:
            value, error = self._called(name, given)
            with lock, suppress(OSError):  # whoever asked may have gone
                try:
                    send(write, [number, value, error])
                except TypeError as wrong:  # it cannot be sent; whoever waits has to hear of it
                    send(write, [number, None, wrong])

        pool = ThreadPoolExecutor(_AT_ONCE)
        while True:
            try:
                number, name, given = receive(read)
            except (EOFError, OSError, ValueError):
                pool.shutdown(wait=False, cancel_futures=True)
                return
            pool.submit(answer, number, name, given)

    def _called(self, name: str, given: Sequence[Any]) -> tuple[Any, BaseException | None]:
        self._opened.wait()
        try:
            if name not in CALLS:
                raise QuothError(f"There is no call {name}.")
            return getattr(self._engine, name)(*given), None
        except Exception as error:  # whatever it is, the caller has to hear of it
            return None, error


def main() -> None:
    """Serve the engine that stdin describes."""
    begun = json.loads(sys.stdin.buffer.readline())
    # Whatever a library prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    host = Host(Engine(unpacked(begun["settings"])))
    if begun["socket"]:
        threading.Thread(target=_listen, args=(host, begun["socket"]), daemon=True).start()
    threading.Thread(target=host.open, daemon=True).start()
    host.serve(sys.stdin.buffer, answers)
    if begun["socket"]:
        _remove(begun["socket"])
    os._exit(0)  # no thread may hold that up


def _remove(path: str) -> None:
    """Remove the socket and its folder, which a parent that was killed leaves behind."""
    try:
        os.unlink(path)
        os.rmdir(os.path.dirname(path))
    except OSError:
        pass  # the parent did


def _listen(host: Host, path: str) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as listener:
        # Under its name only once it listens: who finds it there is let in.
        listener.bind(path + ".new")
        listener.listen()
        os.rename(path + ".new", path)
        while True:
            client, _ = listener.accept()
            files = client.makefile("rb"), client.makefile("wb")
            threading.Thread(target=host.serve, args=files, daemon=True).start()


if __name__ == "__main__":
    main()
