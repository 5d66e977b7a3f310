"""One visitor: a socket on one side, the process that draws for it on the other."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from typing import Any

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from retrieval import Settings, printable_text

from ..packing import packed
from ..start import SHARED

_MOST_BYTES = 1_000_000
"""Of one message; a question that is pasted has its own limit."""
_LEAST, _MOST = 10, 1000
"""Columns and rows."""
_GRACE = 5.0
"""Seconds a process is given to end before it is killed."""
_LAST_WORDS = 10_000
"""Bytes of what a process complained of that are passed on."""
_READY = b"__GANGLION__\n"
_DRIVER = {
    "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver", "TEXTUAL_COLOR_SYSTEM": "truecolor",
    "TERM_PROGRAM": "textual",
}  # fmt: skip


def command(settings: Settings) -> list[str]:
    """Return what is run for a visitor; the folder it runs in brings no code along."""
    return [sys.executable, "-P", "-m", f"{__package__}.visit", packed(settings)]


class Visit(AppService):
    """Runs the process; speaks with it as textual-serve does, and sees it end.

    No shell comes between, what it complained of is shown and not obeyed, and
    addresses that it wants opened are not.
    """

    def __init__(
        self,
        words: Sequence[str],
        socket: web.WebSocketResponse,
        downloads: DownloadManager,
        engine: str = "",
    ) -> None:
        async def close() -> None:
            await socket.close()

        super().__init__(
            words[0], write_bytes=socket.send_bytes, write_str=socket.send_str, close=close,
            download_manager=downloads,
        )  # fmt: skip
        self._words = words
        self._engine = engine
        self._downloads = downloads
        self._child: Process | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, width: int, height: int) -> None:
        """Start the process and pass on what it draws."""
        size = {"COLUMNS": str(width), "ROWS": str(height)}
        self._child = await asyncio.create_subprocess_exec(
            *self._words,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env={**os.environ, **_DRIVER, **size, SHARED: self._engine},
        )
        self._tasks = [asyncio.create_task(one) for one in (self.run(), self._complaints())]

    async def stop(self) -> None:
        """Tell the process to quit, and see that it has."""
        child = self._child
        if child is None:
            return
        await self._downloads.cancel_app_downloads(app_service_id=self.app_service_id)
        await self.send_meta({"type": "quit"})
        try:
            await asyncio.wait_for(child.wait(), _GRACE)
        except TimeoutError:
            child.kill()
            await child.wait()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if child.stdin is not None:
            child.stdin.close()
            with contextlib.suppress(ConnectionError):
                await child.stdin.wait_closed()

    async def run(self) -> None:
        """Pass on each packet until the process ends or the visitor is gone."""
        stream = self._child.stdout if self._child else None
        if stream is None:
            return
        handlers = {b"D": self.on_data, b"M": self.on_meta, b"P": self.on_packed}
        try:
            await stream.readuntil(_READY)
            while True:
                head = await stream.readexactly(5)
                payload = await stream.readexactly(int.from_bytes(head[1:], "big"))
                with contextlib.suppress(ConnectionError):
                    await handlers[head[:1]](payload)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, KeyError):
            await self.remote_close()

    async def on_meta(self, data: bytes) -> None:
        """Do what the process asks of the page."""
        if json.loads(data).get("type") != "open_url":
            await super().on_meta(data)

    async def send_bytes(self, data: bytes) -> bool:
        """Send what was typed."""
        return await self._send(b"D", data)

    async def send_meta(self, data: dict[str, str | None | int | bool]) -> bool:
        """Send what is not typed: a new size, a request for a file's next part."""
        return await self._send(b"M", json.dumps(data).encode())

    async def _send(self, kind: bytes, data: bytes) -> bool:
        stdin = self._child.stdin if self._child else None
        if stdin is None or stdin.is_closing():
            return False
        try:
            stdin.write(kind + len(data).to_bytes(4, "big") + data)
            await stdin.drain()
        except ConnectionError:
            return False
        return True

    async def _complaints(self) -> None:
        """Read what the process complains of and pass on the end of it."""
        stream = self._child.stderr if self._child else None
        said = b""
        while stream is not None and (part := await stream.read(4096)):
            said = (said + part)[-_LAST_WORDS:]
        sys.stderr.write(printable_text(said.decode("utf-8", "replace")))
        sys.stderr.flush()


async def attend(
    request: web.Request, words: Sequence[str], downloads: DownloadManager, engine: str = ""
) -> web.WebSocketResponse:
    """Run a process for a visitor until either of the two leaves."""
    socket = web.WebSocketResponse(heartbeat=15, timeout=1.0, max_msg_size=_MOST_BYTES)
    await socket.prepare(request)
    visit = Visit(words, socket, downloads, engine)
    await visit.start(*_size(request.query))
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await _pass_on(message.data, visit, socket)
    finally:
        stopping = asyncio.create_task(visit.stop())
        try:
            await asyncio.shield(stopping)
        except asyncio.CancelledError:  # the server ends; it waits for the processes
            await stopping
            raise
    return socket


async def _pass_on(text: str, visit: Visit, socket: web.WebSocketResponse) -> None:
    """Do what the page asks for; anything else is passed over."""
    try:
        kind, *rest = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return
    given = rest[0] if rest else None
    if kind == "stdin" and isinstance(given, str):
        await visit.send_bytes(given.encode("utf-8", "replace"))
    elif kind == "resize" and isinstance(given, dict):
        await visit.set_terminal_size(*_size(given))
    elif kind == "ping":
        with contextlib.suppress(ConnectionError):
            await socket.send_json(["pong", str(given)])
    elif kind in ("blur", "focus"):
        await (visit.blur() if kind == "blur" else visit.focus())


def _size(given: Any) -> tuple[int, int]:  # noqa: ANN401  (a query or JSON)
    """Return columns and rows, within what a screen can have."""

    def whole(name: str, otherwise: int) -> int:
        value = str(given.get(name, ""))
        number = int(value) if value.isascii() and value.isdigit() and len(value) < 6 else otherwise
        return max(_LEAST, min(_MOST, number))

    return whole("width", 80), whole("height", 24)
