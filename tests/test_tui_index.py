"""The terminal UI: the first index, an index out of date, quitting, problems."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from retrieval import Place, Progress, QuothError, Settings, Skipped
from tests.conftest import MakeCorpus
from tests.terminal import app_of, ask, ready, screen_text, settled, until, use
from tui.engine import Engine
from tui.indexer import IndexingStopped, IndexJob
from tui.packing import packed, unpacked
from tui.widgets.indexing_panel import IndexingPanel, duration

FILES: dict[str, str | bytes] = {
    "minutes.txt": "The harbour committee met on 3 May 1999. The mayor was in the chair.\n",
    "notes.md": "# Notes\n\nThe lighthouse was built in 1871 by the harbour trust.\n",
    "photo.txt": b"\x00\x01\x02\x03" * 40,
}


@pytest.fixture
def own(make_corpus: MakeCorpus, home: Settings) -> Settings:
    """A folder of the test's own, without an index."""
    return replace(home, corpus=make_corpus(FILES), index=home.data_dir / "own.index")


def test_the_first_index_is_made_in_view_and_a_question_waits(own: Settings) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = app_of(pilot)
        await until_panel(pilot)
        assert "Reading the documents" in screen_text(app)
        app.main.box.insert("When was the lighthouse built?")
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.main.talk.turns and app.main.talk.turns[0].answer))
        await settled(pilot)
        assert not app.main.query(IndexingPanel)
        answer = app.main.talk.turns[0].answer
        assert answer is not None and "1871" in answer["evidence"][0]["quote"]
        await pilot.press("ctrl+b")
        await settled(pilot)
        assert "1 file skipped" in screen_text(app) and "photo.txt" in screen_text(app)

    use(own, steps)


@pytest.fixture
def long(own: Settings) -> Settings:
    """A folder that takes some seconds to index: it is not done before the second key."""
    assert own.corpus is not None
    for number in range(150):
        told = (f"Ship {number} left the harbour on day {day}, loaded." for day in range(1, 21))
        (own.corpus / f"{number}.txt").write_text(" ".join(told))
    return own


def test_stopping_keeps_what_is_done_and_goes_on(long: Settings) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = app_of(pilot)
        await until_panel(pilot)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: not app.indexing)
        assert "Stopped. What is done so far is kept." in screen_text(app)
        assert not app.engine.ready
        await pilot.press("r")
        await ready(pilot)
        assert not app.main.query(IndexingPanel)
        assert app.facts is not None and app.facts.documents == 152

    use(long, steps)


def test_quitting_while_indexing_asks_once(long: Settings) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = app_of(pilot)
        await until_panel(pilot)
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert "Quit?" in screen_text(app)
        await pilot.press("escape")
        assert app.screen is app.main and app.indexing
        await pilot.press("ctrl+q")
        await pilot.pause()
        app.screen.query_one("#yes", Button).press()
        await until(pilot, lambda: not app.is_running or not app.indexing)

    assert use(long, steps).return_value == 0


def test_a_changed_folder_is_noticed_marked_and_refreshed(own: Settings) -> None:
    root = own.corpus
    assert root is not None

    async def steps(pilot: Pilot[int]) -> None:
        app = await ready(pilot)
        await ask(pilot, "Who was in the chair?")
        (root / "minutes.txt").write_text(
            "The committee met in 2001. The clerk was in the chair.\n"
        )
        (root / "new.txt").write_text("A ferry sank in the bay in 1901.\n")
        app.compare_folder()
        await settled(pilot)
        assert "1 new, 1 changed" in screen_text(app)
        await ask(pilot, "Who was in the chair at the harbour?")
        assert "✗ source changed" in screen_text(app)
        await pilot.press("up", "u")
        await until(pilot, lambda: not app.indexing and app.facts is not None
                    and app.facts.documents == 3)  # fmt: skip
        await settled(pilot)
        assert "1 new" not in screen_text(app)
        await ask(pilot, "When did the ferry sink?")
        answer = app.main.talk.turns[-1].answer
        assert answer is not None and answer["evidence"][0]["citations"][0]["path"] == "new.txt"

    use(own, steps, size=(100, 40))


def test_a_folder_that_cannot_be_used_is_a_problem_with_a_hint(home: Settings) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = app_of(pilot)
        await settled(pilot)
        text = screen_text(app)
        assert "Something went wrong" in text and "There is no folder" in text
        assert "Traceback" not in text
        await pilot.press("y")
        assert "CorpusError" in app.clipboard
        await pilot.press("escape")
        assert app.screen is app.main

    use(replace(home, corpus=home.data_dir / "nowhere", index=None), steps)


def test_settings_reach_the_indexing_process_unchanged(home: Settings) -> None:
    assert unpacked(packed(home)) == home
    assert unpacked(packed(Settings())) == Settings()
    assert dict(unpacked(packed(home)).sources) == dict(home.sources)


def test_a_job_tells_progress_and_reports(own: Settings) -> None:
    assert own.corpus is not None and own.index is not None
    steps: list[Progress] = []
    job = IndexJob(own, Place(own.corpus, own.index, bundled=False))
    report = job.run(steps.append)
    assert report["documents"] == 2 and len(report["skipped"]) == 1
    assert {"read", "encode", "write"} <= {step.stage for step in steps}
    skipped = [file.to_dict() for step in steps for file in step.skipped]
    assert skipped == report["skipped"]


def test_skipped_files_are_listed_while_it_goes_on(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ready(pilot)
        await app.main.show_indexing()
        panel = app.main.query_one(IndexingPanel)
        for number in range(1, 9):
            skipped = (Skipped(f"[b]{number}\x1b.bin", "it is not text"),)
            panel.show_progress(Progress("read", number, 40, "x", skipped))
        await settled(pilot)
        text = screen_text(app)
        assert "8 files skipped, the last 5:" in text
        assert "[b]8␛.bin  it is not text" in text and "[b]3␛" not in text

    use(home, steps, engine=engine)


def test_a_job_that_fails_says_why(own: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    job = IndexJob(own, Place(tmp_path / "empty", tmp_path / "e.index", bundled=False))
    with pytest.raises(QuothError, match="is empty"):
        job.run(lambda _: None)


def test_a_job_can_be_stopped_at_any_step(own: Settings) -> None:
    assert own.corpus is not None and own.index is not None
    job = IndexJob(own, Place(own.corpus, own.index, bundled=False))
    with pytest.raises(IndexingStopped):
        job.run(lambda _: job.stop())
    again = IndexJob(own, Place(own.corpus, own.index, bundled=False)).run(lambda _: None)
    assert again["documents"] == 2


def test_the_indexer_ends_when_nobody_listens(own: Settings) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tui.indexer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    process.stdout.close()
    process.stdin.write(packed(own) + "\n")
    process.stdin.close()
    assert process.wait(120) != 0  # it is nice: a busy machine lets it wait


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "1 s"), (61, "61 s"), (600, "10 min"), (7200, "2.0 h")]
)
def test_durations(seconds: float, told: str) -> None:
    assert duration(seconds) == told


async def until_panel(pilot: Pilot[int]) -> None:
    """Wait until indexing is in view."""
    for _ in range(500):
        if app_of(pilot).main.query(IndexingPanel) and app_of(pilot).indexing:
            return
        await pilot.pause(0.01)
    raise AssertionError("no indexing")
