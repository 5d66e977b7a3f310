"""An engine in another process, asked like one of our own.

The model and the index open there while this process imports what draws, on another core,
and nothing they do holds up a key.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from itertools import count
from typing import IO, TYPE_CHECKING, Any, Protocol

from retrieval import QuothError

from .engine import AnswerDict, Engine, Facts
from .packing import home, packed
from .wire import receive, send

if TYPE_CHECKING:
    from socket import socket

    from retrieval import Changes, Document, Hit, Listed, Place, Settings, Skipped


class EngineEndedError(QuothError):
    """The process that holds the model and the index has gone."""


class Line(Protocol):
    """What leads to an engine: calls go in, answers come out."""

    read: IO[bytes]
    write: IO[bytes]

    def close(self) -> None:
        """Let go of it."""


class Child:
    """A process that serves an engine; it ends when this one does, however that is.

    Args:
        settings: of the engine.
        socket: where it also listens, for other processes; empty for nowhere.
    """

    def __init__(self, settings: Settings, socket: str = "") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tui.served"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, cwd=home(), start_new_session=True,
        )  # fmt: skip
        if self._process.stdin is None or self._process.stdout is None:
            raise OSError("a process without pipes")
        self.read: IO[bytes] = self._process.stdout
        self.write: IO[bytes] = self._process.stdin
        begin = json.dumps({"settings": packed(settings), "socket": socket})
        try:
            self.write.write(begin.encode() + b"\n")
            self.write.flush()
        except OSError:
            pass  # it ended at once: whoever listens to it finds out

    def close(self) -> None:
        """End it. It only reads, so nothing is lost."""
        self._process.kill()
        self._process.wait()
        _close(self.read, self.write)


class Joined:
    """A connection to an engine that another process began."""

    def __init__(self, path: str) -> None:
        import socket

        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise
        self.read: IO[bytes] = self._socket.makefile("rb")
        self.write: IO[bytes] = self._socket.makefile("wb")

    def close(self) -> None:
        """Leave; the engine goes on."""
        import socket

        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the engine left first
        _close(self.read, self.write, self._socket)


def _close(*files: IO[bytes] | socket) -> None:
    for file in files:
        try:
            file.close()
        except OSError:
            pass  # what was not sent yet has nobody to go to


class RemoteEngine(Engine):
    """Passes every call on to a process, and begins another where that one has ended.

    Args:
        settings: what is to be asked.
        socket: where an engine listens already; empty, or nobody there, for one of its own.
    """

    def __init__(self, settings: Settings, socket: str = "") -> None:
        super().__init__(settings)
        self._path = socket
        self._line: Line | None = None
        self._sending = threading.Lock()
        self._waiting: dict[int, Future[Any]] = {}
        self._numbers = count(1)
        self._opened = False

    @property
    def ready(self) -> bool:
        """See :class:`Engine`."""
        return self._opened

    def begin(self) -> None:
        """Have the index and the model opened; returns at once."""
        with self._sending:
            self._begun()

    def place(self) -> Place:
        """See :class:`Engine`."""
        if self._place is None:
            self._place = self._call("place")
        return self._place

    def open(self) -> Facts:
        """See :class:`Engine`."""
        facts: Facts = self._call("open")
        self.place()
        self._opened = True
        return facts

    def warm(self) -> None:
        """See :class:`Engine`."""
        self._call("warm")

    def facts(self) -> Facts:
        """See :class:`Engine`."""
        facts: Facts = self._call("facts")
        return facts

    def ask(
        self, question: str, history: Sequence[str], excluded: Iterable[str] = ()
    ) -> AnswerDict:
        """See :class:`Engine`."""
        answer: AnswerDict = self._call("ask", question, list(history), sorted(excluded))
        return answer

    def hits(self, query: str, k: int = 20) -> list[Hit]:
        """See :class:`Engine`."""
        hits: list[Hit] = self._call("hits", query, k)
        return hits

    def document(self, path: str) -> Document | None:
        """See :class:`Engine`."""
        document: Document | None = self._call("document", path)
        return document

    def documents(self) -> tuple[Sequence[Listed], Sequence[Skipped]]:
        """See :class:`Engine`."""
        found: tuple[Sequence[Listed], Sequence[Skipped]] = self._call("documents")
        return found

    def changes(self) -> Changes:
        """See :class:`Engine`."""
        changes: Changes = self._call("changes")
        return changes

    def cite(self, path: str, start: int, end: int) -> Mapping[str, Any] | None:
        """See :class:`Engine`."""
        citation: Mapping[str, Any] | None = self._call("cite", path, start, end)
        return citation

    def prove(self, answer: AnswerDict) -> AnswerDict:
        """See :class:`Engine`."""
        proved: AnswerDict = self._call("prove", answer)
        return proved

    def close(self) -> None:
        """Let go of the process."""
        with self._sending:
            line, self._line = self._line, None
            self._opened = False
        if line is not None:
            line.close()

    def _call(self, name: str, *given: object) -> Any:  # noqa: ANN401  (what the method returns)
        """Call once more where the process ended meanwhile: no call changes anything."""
        try:
            return self._called(name, given)
        except EngineEndedError:
            return self._called(name, given)

    def _called(self, name: str, given: tuple[object, ...]) -> Any:  # noqa: ANN401
        future: Future[Any] = Future()
        number = next(self._numbers)
        with self._sending:
            line = self._begun()
            self._waiting[number] = future
            try:
                send(line.write, [number, name, list(given)])
            except OSError:
                pass  # whoever listens to it finds out, and tells everybody who waits
        return future.result()

    def _begun(self) -> Line:
        if self._line is None:
            self._line = self._joined() or Child(self.settings)
            threading.Thread(target=self._listen, args=(self._line,), daemon=True).start()
        return self._line

    def _joined(self) -> Line | None:
        try:
            return Joined(self._path) if self._path else None
        except OSError:
            return None

    def _listen(self, line: Line) -> None:
        """Hand each answer to whoever waits for it."""
        while True:
            try:
                number, value, error = receive(line.read)
            except (EOFError, OSError, ValueError):
                break
            future = self._waiting.pop(number)
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(value)
        with self._sending:
            left, self._waiting = self._waiting, {}
            if self._line is line:
                # One that ends still takes connections for a moment: it is not gone back to.
                self._line, self._path = None, ""
        line.close()
        for future in left.values():
            future.set_exception(EngineEndedError(
                "What holds the model and the index ended without a word.",
                "`quoth doctor` checks what it needs. Asking again begins it anew.",
            ))  # fmt: skip
