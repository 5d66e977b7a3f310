"""The terminal UI: conversations that are kept, found, exported, and survive a kill."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from retrieval import Sessions, Settings
from tests.conftest import SEEDS
from tests.terminal import LINDEN, NOWHERE, PUBLISHED, ask, ready, screen_text, settled, use
from tui.engine import Engine
from tui.packing import packed
from tui.screens.export import file_name
from tui.talk import Talk


def test_conversations_are_listed_continued_renamed_and_deleted(
    home: Settings, engine: Engine
) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        first = app.main.talk
        await pilot.press("ctrl+n")
        await ask(pilot, NOWHERE)
        await pilot.press("ctrl+t")
        await settled(pilot)
        text = screen_text(app)
        assert LINDEN in text and NOWHERE in text and "open now" in text
        await pilot.press(*"linden")
        await settled(pilot)
        await pilot.press("down", "r")
        await settled(pilot)
        app.screen.query_one(Input).value = "[Linden] \x1b[31m"
        await pilot.press("enter")
        await settled(pilot)
        assert "[Linden] ␛[31m" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        assert app.main.talk.session == first.session
        assert app.main.talk.turns[0].answer == first.turns[0].answer
        assert "[Linden] ␛[31m" in screen_text(app)
        await ask(pilot, "When was it published?")
        assert app.main.talk.turns[1].answer["carried"]  # type: ignore[index]
        await pilot.press("ctrl+t")
        await settled(pilot)
        await pilot.press("down", "d")
        await settled(pilot)
        assert "Delete this conversation?" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        assert len(app.keeper.sessions.list()) == 2, "no is the first choice"
        await pilot.press("d", "shift+tab", "enter")
        await settled(pilot)
        assert len(app.keeper.sessions.list()) == 1
        assert app.main.talk.session is None, "the open one was deleted"

    use(home, steps, engine=engine)


def test_past_questions_come_back_into_the_box(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        await ask(pilot, NOWHERE)
        await pilot.press("ctrl+n", "ctrl+r")
        await settled(pilot)
        await pilot.press(*"lnden")
        await settled(pilot)
        assert NOWHERE not in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        assert app.main.box.text == LINDEN and app.focused is app.main.box

    use(home, steps, engine=engine)


def test_the_tray_holds_pins_across_questions(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        quote = app.main.talk.turns[0].evidence[0]["quote"]
        await pilot.press("up", "m")
        await settled(pilot)
        await ask(pilot, PUBLISHED)
        await pilot.press("f4")
        await settled(pilot)
        assert quote[:40] in screen_text(app)
        await pilot.press("down", "y")
        assert app.clipboard.startswith(quote)
        await pilot.press("enter")
        await settled(pilot)
        assert app.focused is app.main.transcript.numbered(app.main.talk.turns[0], 1)
        await pilot.press("m")
        await settled(pilot)
        assert not app.keeper.sessions.pins(app.main.talk.session or 0)

    use(home, steps, engine=engine)


@pytest.mark.parametrize("form", ["markdown", "json", "text", "html"])
def test_exports_hold_every_citation(home: Settings, engine: Engine, form: str) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        await pilot.press("ctrl+s")
        await settled(pilot)
        app.screen.query_one(f"#form-{form}").toggle()  # type: ignore[attr-defined]
        await settled(pilot)
        box = app.screen.query_one("#export-path", Input)
        path = home.data_dir / Path(box.value).name
        assert path.stem == file_name(LINDEN)
        box.value = str(path)
        box.focus()
        await pilot.press("enter")
        await settled(pilot)
        text = path.read_text("utf-8")
        for item in app.main.talk.turns[0].evidence:
            assert item["citations"][0]["path"] in text
        if form in ("markdown", "text"):
            words = [sys.executable, "-m", "retrieval.cli", "verify", str(path)]
            done = subprocess.run(
                [*words, "--corpus", str(SEEDS)], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout

    use(home, steps, engine=engine)


def test_a_file_that_exists_is_replaced_only_after_asking(home: Settings, engine: Engine) -> None:
    path = home.data_dir / "kept.md"
    path.write_text("mine")

    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        await pilot.press("ctrl+s")
        await settled(pilot)
        app.screen.query_one("#export-path", Input).value = str(path)
        await pilot.press("enter")
        await settled(pilot)
        assert "Replace this file?" in screen_text(app)
        await pilot.press("escape")
        assert path.read_text() == "mine"

    use(home, steps, engine=engine)


def test_nothing_is_kept_where_the_settings_say_so(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        assert app.main.talk.session is None
        await pilot.press("up", "m")
        await settled(pilot)
        assert "not kept" in screen_text(app)

    use(replace(home, save=False), steps, engine=engine)


def test_a_restored_citation_is_proved_again(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        answer = app.main.talk.turns[0].answer
        assert answer is not None
        changed = {**answer, "evidence": [dict(item) for item in answer["evidence"]]}
        citation = changed["evidence"][0]["citations"][0]
        changed["evidence"][0]["citations"] = [{**citation, "sha256": "0" * 64}]
        proved = engine.prove(changed)
        states = [item["citations"][0]["state"] for item in proved["evidence"]]
        assert states[0] == "changed" and set(states[1:]) == {"verified"}
        assert engine.prove(answer) == answer

    use(home, steps, engine=engine)


def test_killing_it_loses_nothing_that_was_answered(home: Settings) -> None:
    """A real process in a real pseudo-terminal, killed without warning."""
    code = "from tui.packing import unpacked; from tui.start import run; import sys; " \
           "sys.exit(run(unpacked(sys.argv[1])))"  # fmt: skip
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="80", LINES="24")
        os.execv(sys.executable, [sys.executable, "-c", code, packed(home)])
    try:
        _wait_for(terminal, b"sk these documents")
        os.write(terminal, PUBLISHED.encode() + b"\r")
        _wait_for(terminal, b"verified")
        os.write(terminal, b"An unsent line")
        _wait_for(terminal, b"line")
        deadline = time.monotonic() + 10
        with Sessions.open(home) as sessions:
            while time.monotonic() < deadline and not sessions.draft(1):
                time.sleep(0.05)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)
    with Sessions.open(home) as sessions:
        kept = sessions.read(1)
        assert [turn.question for turn in kept.turns] == [PUBLISHED]
        assert kept.turns[0].answer["evidence"]
        assert "An unsent line".startswith(sessions.draft(1)) and sessions.draft(1)


def _wait_for(terminal: int, words: bytes, seconds: float = 30) -> None:
    """Read what is drawn until ``words`` are among it."""
    import select

    seen, deadline = b"", time.monotonic() + seconds
    while words not in seen:
        assert time.monotonic() < deadline, seen[-2000:]
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 65536)


def test_an_older_answer_never_replaces_a_newer_one() -> None:
    talk = Talk()
    turn = talk.add("Who?")
    first = turn.request
    assert talk.renew(turn) == turn.request != first


def test_the_next_start_shows_the_draft_again(home: Settings, engine: Engine) -> None:
    async def write(pilot: Pilot[int]) -> None:
        app = await ask(pilot, PUBLISHED)
        await pilot.press(*"half a")
        await pilot.pause(0.6)
        await settled(pilot)
        assert app.keeper.sessions.draft(app.main.talk.session or 0) == "half a"

    async def read(pilot: Pilot[int]) -> None:
        app = await ready(pilot)
        await pilot.press("ctrl+t")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert app.main.box.text == "half a"

    use(home, write, engine=engine)
    use(home, read, engine=engine)
