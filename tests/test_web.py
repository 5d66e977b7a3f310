"""The terminal UI in a browser: only for whoever has the secret, and only from this machine."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from retrieval import Settings
from retrieval.cli import main
from tests.browser import browser, program
from tests.conftest import SEEDS
from tui.web import guard, serving, static, visitor

LINDEN = "Who was the highest-ranking officer investigated under Operation Linden?"
PORT = 8123
ENTRANCE = guard.Guard(PORT)

posix = pytest.mark.skipif(os.name != "posix", reason="signals and modes are POSIX")


class Server:
    """``quoth chat --web`` in a process of its own."""

    def __init__(self, index: Path, data: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "retrieval.cli", "chat", "--web", "--index", str(index)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True,
            env={**os.environ, "QUOTH_DATA_DIR": str(data)},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        parts = urlsplit(self.address)
        self.host, self.port, self.path = parts.netloc, int(parts.port or 0), parts.path

    def get(self, path: str, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.putrequest("GET", path, skip_host=True)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            for name, value in ({"Host": self.host} | named).items():
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            response.body = response.read()  # type: ignore[attr-defined]
            return response
        finally:
            connection.close()

    def upgrade(self, path: str, **headers: str) -> http.client.HTTPResponse:
        return self.get(
            path, Connection="Upgrade", Upgrade="websocket", Sec_WebSocket_Version="13",
            Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==", **headers,
        )  # fmt: skip

    def visitors(self) -> list[int]:
        """The windows' processes that this one started."""
        return self.children("tui.web.visit")

    def children(self, module: str) -> list[int]:
        """The processes that run a module of ours and were started by this one."""
        found = subprocess.run(
            ["ps", "-o", "pid=,stat=,args=", "--ppid", str(self.process.pid)],
            capture_output=True, text=True,
        ).stdout.splitlines()  # fmt: skip
        return [
            int(line.split()[0])
            for line in found
            if "Z" not in line.split()[1] and f"-m {module}" in line
        ]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.communicate(timeout=20)
        finally:
            self.process.kill()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("web-data")


@pytest.fixture(scope="module")
def server(seeds_index: Path, data: Path) -> Iterator[Server]:
    started = Server(seeds_index, data)
    yield started
    started.stop()


def test_the_page_comes_with_a_policy_that_lets_nothing_else_in(server: Server) -> None:
    response = server.get(server.path)
    assert response.status == 200
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert f"connect-src 'self' ws://{server.host};" in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Server"] == "quoth"
    body = response.body.decode()  # type: ignore[attr-defined]
    assert re.findall(r'(?:href|src)="([^"]*)"', body) == [
        "data:,", "terminal.css", "page.css", "page.js", "terminal.js",
    ]  # fmt: skip
    assert "<style" not in body
    assert not re.search(r"\son\w+=", body)


@pytest.mark.parametrize("name", sorted(static.FILES))
def test_its_files_are_served_and_name_no_other_place(server: Server, name: str) -> None:
    response = server.get(server.path + name)
    assert response.status == 200
    assert response.headers["Content-Type"].split(";")[0] == static.FILES[name][1]
    if name.startswith("page"):
        assert b"//" not in re.sub(rb"^\s*//.*$", b"", response.body, flags=re.MULTILINE)  # type: ignore[attr-defined]
    assert server.get(f"/{name}").status == 403


@pytest.mark.parametrize(
    "path",
    ["visit.py", "..%2fvisit.py", "%2e%2e/visit.py", "static/js/textual.js", "download/x", "a/b/c"],
)
def test_nothing_else_is_served(server: Server, path: str) -> None:
    assert server.get(server.path + path).status == 404


def test_without_the_secret_nobody_comes_in(server: Server) -> None:
    wrong = "/" + server.path.strip("/")[:-1] + "x/"
    for path in ("/", wrong, "/ws", "/download/x", "//", f"/?{server.path}", "/" + "x" * 5000):
        response = server.get(path)
        assert response.status == 403, path
        assert server.path.strip("/").encode() not in response.body  # type: ignore[attr-defined]
        assert response.headers["Referrer-Policy"] == "no-referrer"
    origin = f"http://{server.host}"
    assert server.upgrade("/ws", Origin=origin).status == 403
    assert server.upgrade(wrong + "ws", Origin=origin).status == 403


def test_other_names_of_this_machine_are_refused(server: Server) -> None:
    for name in ("evil.example", f"evil.example:{server.port}", f"localhost:{server.port}",
                 "127.0.0.1", f"127.0.0.1:{server.port + 1}", ""):  # fmt: skip
        assert server.get(server.path, Host=name).status == 403, name


def test_other_pages_may_not_reach_the_socket(server: Server) -> None:
    path, own = server.path + "ws", f"http://{server.host}"
    for origin in ("http://evil.example", "null", f"https://{server.host}", own + "0", own + "/"):
        assert server.upgrade(path, Origin=origin).status == 403, origin
    assert server.upgrade(path).status == 403
    assert server.get(server.path, Origin="http://evil.example").status == 403
    assert server.get(server.path, Sec_Fetch_Site="cross-site").status == 403
    assert server.get(server.path, Sec_Fetch_Site="same-origin", Origin=own).status == 200


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="127.0.0.2 is Linux's")
def test_it_listens_on_the_loopback_address_alone(server: Server) -> None:
    for place in (("127.0.0.2", server.port), ("::1", server.port)):
        with pytest.raises(OSError), socket.create_connection(place, timeout=5):
            pass


@pytest.mark.skipif(program() is None, reason="needs a Chromium browser")
def test_a_question_is_asked_and_its_answer_saved_in_a_browser(
    server: Server, tmp_path: Path, data: Path
) -> None:
    files: list[Path] = []

    async def visit() -> None:
        async with browser(tmp_path / "profile") as page:
            await page.open(server.address)
            await page.save_into(tmp_path / "saved")
            await page.until("50 passages")
            await page.type(LINDEN)
            await page.until("detective")
            await page.until("verified")
            await page.control("s")
            await page.until("Markdown, for reading")
            await page.enter()
            files.append(await page.saved(tmp_path / "saved"))
        assert page.complaints == []
        hosts = {urlsplit(address).netloc for address in page.requests if "data:" not in address}
        assert hosts == {server.host}
        assert any(address.startswith("ws://") for address in page.requests)
        assert any(address.endswith("mono.ttf") for address in page.requests)

    asyncio.run(visit())
    assert main(["verify", str(files[0]), "--corpus", str(SEEDS)]) == 0
    listed = subprocess.run(
        [sys.executable, "-m", "retrieval.cli", "sessions", "--json"], text=True, check=True,
        capture_output=True, env={**os.environ, "QUOTH_DATA_DIR": str(data)},
    )  # fmt: skip
    assert [one["first"] for one in json.loads(listed.stdout)["sessions"]] == [LINDEN]
    end = time.monotonic() + 15
    while server.visitors() and time.monotonic() < end:
        time.sleep(0.1)
    assert server.visitors() == [], "the visitor's process ends with the visit"


async def connected(
    server: Server, then: Callable[[], Awaitable[None]], words: str = "quoth"
) -> None:
    async with (
        aiohttp.ClientSession(headers={"Origin": f"http://{server.host}"}) as session,
        session.ws_connect(f"ws://{server.host}{server.path}ws?width=80&height=24") as page,
    ):
        shown = b""
        while words.encode() not in shown:
            message = await page.receive(30)
            shown += message.data if message.type is aiohttp.WSMsgType.BINARY else b""
        await then()


@posix
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_no_process_is_left(
    seeds_index: Path, data: Path, ending: signal.Signals
) -> None:
    server = Server(seeds_index, data)
    visitors: list[int] = []
    engines: list[int] = []

    async def end() -> None:
        visitors.extend(server.visitors())
        engines.extend(server.children("tui.served"))
        server.process.send_signal(ending)
        await asyncio.to_thread(server.process.wait, 20)

    asyncio.run(connected(server, end))
    server.process.communicate()
    assert server.process.returncode == (0 if ending == signal.SIGTERM else -9)
    assert len(visitors) == len(engines) == 1
    until = time.monotonic() + 15
    while any(map(alive, visitors + engines)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(alive, visitors + engines))


@posix
def test_two_windows_share_one_engine(server: Server) -> None:
    found: list[int] = []

    async def second() -> None:
        async def look() -> None:
            found.extend(server.visitors())

        await connected(server, look, "passages")

    asyncio.run(connected(server, second, "passages"))
    assert len(found) == 2
    assert len(server.children("tui.served")) == 1
    own = [subprocess.run(["pgrep", "-P", str(pid)], capture_output=True).stdout for pid in found]
    assert own == [b"", b""], "no window has an engine of its own"


def alive(pid: int) -> bool:
    run = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return bool(run.stdout.strip()) and "Z" not in run.stdout


def test_a_port_that_is_taken_is_said(server: Server, seeds_index: Path) -> None:
    words = ["chat", "--web", "--port", str(server.port), "--index", str(seeds_index)]
    run = subprocess.run(
        [sys.executable, "-m", "retrieval.cli", *words], capture_output=True, text=True
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert f"Port {server.port} cannot be used" in run.stderr


# --- the site in this process, with a small program in place of the terminal UI -------------

_VISITOR = r"""
import json, sys
out = sys.stdout.buffer
def send(kind, data):
    out.write(kind + len(data).to_bytes(4, "big") + data); out.flush()
out.write(b"__GANGLION__\n"); out.flush()
sys.stderr.write("last words \x1b]0;x\x07"); sys.stderr.flush()
while True:
    head = sys.stdin.buffer.read(5)
    if len(head) < 5: break
    data = sys.stdin.buffer.read(int.from_bytes(head[1:], "big"))
    send(b"D", head[:1] + data)
    if head[:1] == b"M" and json.loads(data)["type"] == "quit":
        break
"""


def visited(
    tmp_path: Path,
    then: Callable[[aiohttp.ClientSession, str], Awaitable[None]],
    code: str = _VISITOR,
) -> None:
    """Serve a site whose visitors' program says back what it is told."""
    file = tmp_path / "visitor.py"
    file.write_text(code)

    async def run() -> None:
        with serving._listening(0) as listener:
            entrance = guard.Guard(listener.getsockname()[1])
            site = serving.Site(entrance, [sys.executable, str(file)])
            runner = web.AppRunner(site.app(), shutdown_timeout=0.5)
            await runner.setup()
            await web.SockSite(runner, listener).start()
            headers = {"Origin": f"http://{entrance.host}"}
            async with aiohttp.ClientSession(headers=headers) as session:
                await then(session, f"ws://{entrance.host}/{entrance.token}/ws")
            await runner.cleanup()

    asyncio.run(run())


async def heard(socket: aiohttp.ClientWebSocketResponse) -> bytes:
    message = await socket.receive(20)
    assert message.type is aiohttp.WSMsgType.BINARY, message
    return bytes(message.data)


@posix
def test_messages_that_make_no_sense_are_passed_over(tmp_path: Path) -> None:
    async def talk(session: aiohttp.ClientSession, address: str) -> None:
        async with session.ws_connect(address) as page:
            for odd in ("", "x", "[]", "3", '{"a": 1}', '["stdin", 3]', '["resize", 1]', "[[1]]",
                        "[" * 100_000, '["quit"]', '["stdin"]'):  # fmt: skip
                await page.send_str(odd)
            await page.send_bytes(b"\0")
            await page.send_json(["stdin", "typed \ud83d"])
            assert await heard(page) == b"Dtyped ?"
            await page.send_json(["resize", {"width": 10**9, "height": "-4"}])
            size = json.loads((await heard(page))[1:])
            assert (size["width"], size["height"]) == (80, 24)
            await page.send_json(["resize", {"width": 5000, "height": 3}])
            size = json.loads((await heard(page))[1:])
            assert (size["width"], size["height"]) == (1000, 10)
            await page.send_json(["ping", 7])
            assert (await page.receive_json(timeout=20)) == ["pong", "7"]

    visited(tmp_path, talk)


_WITH_A_FILE = r"""
import json, sys
from textual_serve._binary_encode import dump
out = sys.stdout.buffer
def send(kind, data):
    out.write(kind + len(data).to_bytes(4, "big") + data); out.flush()
out.write(b"__GANGLION__\n"); out.flush()
send(b"M", json.dumps({"type": "open_url", "url": "http://evil.example", "new_tab": True}).encode())
send(b"M", json.dumps({"type": "deliver_file_start", "key": "k", "path": "/x/\r\nname \".html",
    "open_method": "browser", "mime_type": "text/html", "encoding": "utf-8"}).encode())
chunks = ["<script>one", "two", ""]
while True:
    head = sys.stdin.buffer.read(5)
    if len(head) < 5: break
    told = json.loads(sys.stdin.buffer.read(int.from_bytes(head[1:], "big")))
    if told["type"] == "quit": break
    if told["type"] == "deliver_chunk_request":
        send(b"P", dump(("deliver_chunk", told["key"], chunks.pop(0))))
"""


@posix
def test_a_file_is_saved_and_never_shown_and_no_other_page_is_opened(tmp_path: Path) -> None:
    async def save(session: aiohttp.ClientSession, address: str) -> None:
        async with session.ws_connect(address) as page:
            assert await page.receive_json(timeout=20) == ["deliver_file_start", "k"]
            place = address.replace("ws://", "http://").removesuffix("ws") + "download/k"
            async with session.get(place) as response:
                assert response.status == 200
                assert await response.text() == "<script>onetwo"
                assert response.headers["Content-Type"] == "application/octet-stream"
                assert response.headers["Content-Disposition"] == (
                    "attachment; filename*=UTF-8''%0D%0Aname%20%22.html"
                )
                assert response.headers["X-Content-Type-Options"] == "nosniff"
            async with session.get(place) as response:
                assert response.status == 404

    visited(tmp_path, save, _WITH_A_FILE)


@posix
def test_one_visitor_too_many_is_told_so(tmp_path: Path) -> None:
    async def crowd(session: aiohttp.ClientSession, address: str) -> None:
        pages = [await session.ws_connect(address) for _ in range(serving.MOST_VISITORS)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(address)
        assert refused.value.status == 503
        await pages[0].close()
        await asyncio.sleep(0.5)
        pages.append(await session.ws_connect(address))
        for page in pages:
            await page.close()

    visited(tmp_path, crowd)


@posix
def test_last_words_of_a_process_are_shown_not_obeyed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def leave(session: aiohttp.ClientSession, address: str) -> None:
        async with session.ws_connect(address) as page:
            await page.send_json(["stdin", "x"])
            await heard(page)

    visited(tmp_path, leave)
    told = capsys.readouterr().err
    assert "last words ␛]0;x␇" in told
    assert "\x1b" not in told


def test_a_visitors_process_loads_no_code_from_the_folder_it_runs_in(settings: Settings) -> None:
    words = visitor.command(settings)
    assert words[1:4] == ["-P", "-m", "tui.web.visit"]
    assert json.loads(words[4])["data_dir"] == str(settings.data_dir)
