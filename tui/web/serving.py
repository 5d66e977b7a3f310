"""Serve the page on the loopback address until somebody stops it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from textual_serve.download_manager import DownloadManager

from retrieval import QuothError, Settings, find_place

from ..remote import Child
from . import guard, static, visitor

MOST_VISITORS = 4
"""At once; each is a process of its own."""
_FULL = "As many windows as may be are open already. Close one and load this page again.\n"
_TITLE = "quoth"
_PATIENCE = 10.0
"""Seconds until the engine has to listen."""


class Site:
    """The handlers, and who is being attended to."""

    def __init__(self, entrance: guard.Guard, words: Sequence[str], engine: str = "") -> None:
        self._guard = entrance
        self._words = words
        self._engine = engine
        self._downloads = DownloadManager()
        self._visits: set[asyncio.Task[web.WebSocketResponse]] = set()

    def app(self) -> web.Application:
        """Return the application; every path of it starts with the secret."""
        app = web.Application(middlewares=[guard.middleware(self._guard)])
        app.on_response_prepare.append(guard.add_headers)
        app.on_shutdown.append(self._leave)
        secret = f"/{self._guard.token}"
        app.add_routes([
            web.get(f"{secret}/", self._page),
            web.get(f"{secret}/ws", self._visit),
            web.get(f"{secret}/download/{{key}}", self._download),
            web.get(f"{secret}/{{name}}", self._file),
        ])  # fmt: skip
        return app

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return static.page(self._guard, _TITLE)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return static.file(request.match_info["name"])

    async def _visit(self, request: web.Request) -> web.StreamResponse:
        if len(self._visits) >= MOST_VISITORS:
            raise web.HTTPServiceUnavailable(text=_FULL)
        visit = asyncio.create_task(
            visitor.attend(request, self._words, self._downloads, self._engine)
        )
        self._visits.add(visit)
        try:
            return await visit
        finally:
            self._visits.discard(visit)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """Send a file that a visitor's process has ready; always to be saved, never shown."""
        key = request.match_info["key"]
        try:
            about = await self._downloads.get_download_metadata(key)
        except KeyError:
            raise web.HTTPNotFound(text="There is no such file.\n") from None
        name = quote(about.file_name.encode("utf-8", "replace"), safe="")
        response = web.StreamResponse(headers={
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        })  # fmt: skip
        await response.prepare(request)
        async for chunk in self._downloads.download(key):
            await response.write(chunk)
        await response.write_eof()
        return response

    async def _leave(self, _: web.Application) -> None:
        """End every visit; their processes are told to quit and are waited for."""
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)


def serve(settings: Settings, port: int = 0) -> int:
    """Serve the terminal UI to browsers on this machine until SIGINT or SIGTERM.

    Args:
        settings: those of the command line.
        port: on the loopback address; 0 takes one that is free.

    Raises:
        QuothError: the folder cannot be used, or the port is taken.
    """
    find_place(settings)  # a folder that cannot be used is said here, not in the browser
    with _listening(port) as listener, shared_engine(settings) as engine:
        entrance = guard.Guard(listener.getsockname()[1])
        # Requests are not logged: their addresses hold the secret.
        logging.getLogger("aiohttp.access").disabled = True
        sys.stdout.write(f"{entrance.address}\n")
        sys.stdout.flush()
        sys.stderr.write("Open this address in a browser on this machine; whoever has it can ask\n"
                         "your documents. Ctrl-C stops it.\n")  # fmt: skip
        site = Site(entrance, visitor.command(settings), engine)
        asyncio.run(_serve(site.app(), listener))
    return 0


async def _serve(app: web.Application, listener: socket.socket) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows interrupts instead
            loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        await stop.wait()
    finally:
        await runner.cleanup()


@contextlib.contextmanager
def shared_engine(settings: Settings) -> Iterator[str]:
    """Begin one engine for every window; yield where it listens, or nothing where none can.

    The folder of the socket is this user's alone. A window that finds nobody there begins an
    engine of its own.
    """
    if not hasattr(socket, "AF_UNIX"):
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="quoth-") as folder:
        path = str(Path(folder, "engine"))
        child = Child(settings, path)
        try:
            _wait_for(path)
            yield path
        finally:
            child.close()


def _wait_for(path: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not Path(path).exists() and time.monotonic() < end:
        time.sleep(0.01)


def _listening(port: int) -> socket.socket:
    """Return a socket that listens on the loopback address.

    Raises:
        QuothError: the port is taken, or may not be used.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise QuothError(
            f"Port {port} cannot be used: {error.strerror}.",
            "Name another, or leave --port out: a free one is taken.",
        ) from error
    return listener
