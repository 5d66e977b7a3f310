"""A headless Chromium that opens a page and types, over its own debugging protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?<>=$]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")


def program() -> str | None:
    """Return the path of a Chromium, if this machine has one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page, what it asked for, and what its socket brought."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._last = 0
        self._received = b""
        self.requests: list[str] = []
        self.complaints: list[str] = []

    @property
    def shown(self) -> str:
        """What was written to the terminal in the page, without its escape codes."""
        return _ESCAPES.sub(b"", self._received).decode("utf-8", "replace")

    async def call(self, method: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401
        """Call a method of the protocol and return its result."""
        self._last += 1
        number = self._last
        await self._socket.send_json({"id": number, "method": method, "params": given})
        while True:
            told = await self._hear(30)
            if told.get("id") == number:
                assert "error" not in told, told
                return dict(told["result"])

    async def open(self, address: str) -> None:
        """Load a page."""
        for domain in ("Network", "Page", "Log", "Runtime"):
            await self.call(f"{domain}.enable")
        await self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        await self.call("Page.navigate", url=address)

    async def until(self, words: str, seconds: float = 60) -> None:
        """Wait until the terminal in the page has been sent these words."""
        end = time.monotonic() + seconds
        while words not in self.shown:
            left = end - time.monotonic()
            assert left > 0, f"{words!r} did not come; the last was {self.shown[-2000:]!r}"
            try:
                await self._hear(min(left, 1.0))
            except TimeoutError:
                continue

    async def type(self, text: str) -> None:
        """Type text and press Enter."""
        await self.call("Input.insertText", text=text)
        await self.enter()

    async def enter(self) -> None:
        """Press Enter."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
        await self.call("Input.dispatchKeyEvent", type="keyDown", text="\r", **key)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **key)

    async def control(self, letter: str) -> None:
        """Press Ctrl and a letter."""
        code = ord(letter.upper())
        key = {"key": letter, "code": f"Key{letter.upper()}", "windowsVirtualKeyCode": code}
        await self.call("Input.dispatchKeyEvent", type="rawKeyDown", modifiers=2, **key)
        await self.call("Input.dispatchKeyEvent", type="keyUp", modifiers=2, **key)

    async def save_into(self, folder: Path) -> None:
        """Let downloads go into a folder."""
        folder.mkdir()
        await self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    async def saved(self, folder: Path, seconds: float = 30) -> Path:
        """Wait for a download and return its file."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            done = [file for file in folder.iterdir() if file.suffix != ".crdownload"]
            if done and done[0].stat().st_size:
                return done[0]
            await asyncio.sleep(0.05)
        raise AssertionError("nothing was downloaded")

    async def _hear(self, seconds: float) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((await self._socket.receive(seconds)).data)
        about = told.get("params", {})
        match told.get("method"):
            case "Network.webSocketFrameReceived" if about["response"]["opcode"] == 2:
                self._received += base64.b64decode(about["response"]["payloadData"])
            case "Network.requestWillBeSent":
                self.requests.append(about["request"]["url"])
            case "Network.webSocketCreated":
                self.requests.append(about["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(about["exceptionDetails"]))
            case "Log.entryAdded" if about["entry"]["level"] == "error":
                self.complaints.append(about["entry"]["text"])
        return told


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Browser]:
    """Start a Chromium whose profile is in ``folder``; end it afterwards."""
    path = program()
    assert path is not None
    words = [path, "--headless", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0",
             "--window-size=1200,800", f"--user-data-dir={folder}"]  # fmt: skip
    if os.name == "posix" and os.geteuid() == 0:
        words.append("--no-sandbox")  # the superuser has none
    with subprocess.Popen(
        [*words, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            port = await _port(folder / "DevToolsActivePort")
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://127.0.0.1:{port}/json") as told:
                    pages = json.loads(await told.text())
                (page,) = [one for one in pages if one["type"] == "page"]
                async with session.ws_connect(
                    page["webSocketDebuggerUrl"], max_msg_size=0
                ) as socket:
                    yield Browser(socket)
        finally:
            process.terminate()


async def _port(file: Path) -> int:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if file.exists() and len(lines := file.read_text().split()) == 2:
            return int(lines[0])
        await asyncio.sleep(0.05)
    raise AssertionError("the browser did not start")
