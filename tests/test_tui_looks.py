"""How the terminal UI looks: each main state against a picture of it kept as text.

QUOTH_LOOKS=update writes the pictures anew; look at what changed before keeping them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from retrieval import Progress, QuothError, Settings, Skipped
from tests.terminal import LINDEN, made, picture, ready, settled, show, use
from tui.app import QuothApp
from tui.engine import Engine
from tui.screens.export import ExportScreen
from tui.widgets.indexing_panel import IndexingPanel
from tui.widgets.notice import Notice

LOOKS = Path(__file__).parent / "looks"
UPDATE = os.environ.get("QUOTH_LOOKS") == "update"

RANKING = ("000_0370fae8f4af25c7.txt", "The highest-ranking officer investigated was a detective "
           "inspector, and another who was sanctioned was just a junior officer with six months "
           "of experience.")  # fmt: skip
STRANDS = ("003_e60e8bc3f713d679.txt", "Operation Amazon was one of 93 strands of Operation "
           "Linden, the outcome of which was published in 2022.")  # fmt: skip
EVERY = ("000_0370fae8f4af25c7.txt", "Every one of the 91 investigations within Operation Linden "
         "was carried out thoroughly")  # fmt: skip
Scene = Callable[[Pilot[int]], Coroutine[Any, Any, None]]


async def home_screen(pilot: Pilot[int]) -> None:
    await show(pilot)


async def answer(pilot: Pilot[int]) -> None:
    app = await ready(pilot)
    found = made(app, LINDEN, RANKING, STRANDS)
    places = found["evidence"][0]["citations"]
    found["evidence"][0]["citations"] = [*places, {**places[0], "path": "copy.txt"}]
    found["evidence"][1]["citations"][0] |= {"state": "changed"}
    await show(pilot, found)


async def differing(pilot: Pilot[int]) -> None:
    app = await ready(pilot)
    found = made(app, "How many investigations were there?", EVERY, confidence=0.55)
    other = made(app, "", STRANDS)["evidence"][0]
    found["evidence"][0]["differs"] = [{n: other[n] for n in ("quote", "citations")}]
    found["evidence"][0]["near"] = [{n: other[n] for n in ("quote", "citations")}]
    await show(pilot, found)


async def follow_up(pilot: Pilot[int]) -> None:
    app = await ready(pilot)
    second = made(app, "When was it published?", STRANDS, status="uncertain", confidence=0.31)
    second["carried"] = [{"turn": 1, "text": LINDEN}, {"turn": 1, "text": RANKING[1]}]
    await show(pilot, made(app, LINDEN, RANKING), second)
    await pilot.press("up")


async def nothing(pilot: Pilot[int]) -> None:
    app = await ready(pilot)
    found = made(app, "What is the capital?", STRANDS, status="not_found", confidence=0.02)
    found["searched"]["terms"] = {"capital": 0, "linden": 10}
    await show(pilot, found)


async def full_source(pilot: Pilot[int]) -> None:
    await answer(pilot)
    await pilot.press("up", "enter")


async def documents(pilot: Pilot[int]) -> None:
    await show(pilot)
    await pilot.press("ctrl+b", "down")


async def exporting(pilot: Pilot[int]) -> None:
    await answer(pilot)
    pilot.app.push_screen(ExportScreen())
    await settled(pilot)


async def help_screen(pilot: Pilot[int]) -> None:
    await answer(pilot)
    await pilot.press("up", "question_mark")


async def problem(pilot: Pilot[int]) -> None:
    app = await show(pilot)
    app.problem(QuothError("The index is damaged at [byte] 7.", "Run: quoth doctor --repair"))
    await settled(pilot)


async def indexing(pilot: Pilot[int]) -> None:
    app = await show(pilot)
    await app.main.show_indexing()
    app.main.query_one(IndexingPanel).show_progress(
        Progress("encode", 300, 1200, "", (Skipped("photo.jpg", "it is not text"),))
    )
    await settled(pilot)


async def stale(pilot: Pilot[int]) -> None:
    from retrieval import Changes

    await answer(pilot)
    assert isinstance(pilot.app, QuothApp)
    changes = Changes(new=("a", "b"), changed=("c",), gone=())
    pilot.app.main.query_one(Notice).show_changes(changes)
    await settled(pilot)


SCENES: list[tuple[str, tuple[int, int], Scene]] = [
    ("home", (80, 24), home_screen), ("home-narrow", (40, 15), home_screen),
    ("answer", (120, 40), answer), ("answer-80", (80, 24), answer),
    ("answer-narrow", (40, 15), answer), ("differing", (100, 30), differing),
    ("follow-up", (80, 24), follow_up), ("not-found", (80, 24), nothing),
    ("source", (80, 24), full_source), ("documents", (80, 24), documents),
    ("export", (80, 24), exporting), ("help", (80, 24), help_screen),
    ("problem", (80, 24), problem), ("indexing", (80, 24), indexing), ("stale", (80, 24), stale),
]  # fmt: skip


@pytest.mark.parametrize(("name", "size", "scene"), SCENES, ids=[name for name, _, _ in SCENES])
def test_it_looks_as_it_did(
    home: Settings, engine: Engine, name: str, size: tuple[int, int], scene: Scene
) -> None:
    seen: list[str] = []

    async def steps(pilot: Pilot[int]) -> None:
        await scene(pilot)
        await settled(pilot)
        assert isinstance(pilot.app, QuothApp)
        seen.append(picture(pilot.app))

    use(home, steps, size=size, engine=engine)
    path = LOOKS / f"{name}.txt"
    if UPDATE:
        LOOKS.mkdir(exist_ok=True)
        path.write_text(seen[0], "utf-8")
    assert seen[0] == path.read_text("utf-8"), "look at it: QUOTH_LOOKS=update, then git diff"
