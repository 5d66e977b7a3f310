"""What the tests of the terminal UI share: an open application, its screen as text."""

from __future__ import annotations

import asyncio
import re
import string
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from html import unescape
from itertools import groupby
from typing import Any

from rich.cells import cell_len
from textual.pilot import Pilot

from retrieval import Settings
from tui.app import QuothApp
from tui.engine import Engine
from tui.talk import Talk
from tui.widgets.status_bar import StatusBar

LINDEN = "Who was the highest-ranking officer investigated under Operation Linden?"
PUBLISHED = "When was the report on Operation Linden published?"
NOWHERE = "What is the capital of Mongolia?"

_WIDE, _HIGH = 12.2, 24.4
"""Pixels of a cell in an exported picture."""
_LETTERS = string.ascii_letters + string.digits + "!#$%&*+=?@"
Use = Callable[[Pilot[int]], Coroutine[Any, Any, None]]


def use(settings: Settings, steps: Use, *, size: tuple[int, int] = (100, 30),
        engine: Engine | None = None) -> QuothApp:  # fmt: skip
    """Run the application, do something with it, and end it."""

    async def run() -> QuothApp:
        async with opened(settings, size=size, engine=engine) as pilot:
            await steps(pilot)
            return app_of(pilot)

    return asyncio.run(run())


@asynccontextmanager
async def opened(
    settings: Settings, *, size: tuple[int, int], engine: Engine | None = None
) -> AsyncIterator[Pilot[int]]:
    """Open the application without a terminal; toasts are drawn, since they can fail too."""
    app = QuothApp(settings, engine)
    if not app.preferences.theme:
        app.theme = "quoth-dark"
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            yield pilot
    finally:
        app.keeper.close()
        if engine is None:
            app.engine.close()


def app_of(pilot: Pilot[int]) -> QuothApp:
    """Return the application that a pilot steers."""
    assert isinstance(pilot.app, QuothApp)
    return pilot.app


async def until(pilot: Pilot[int], holds: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until something holds."""
    for _ in range(int(seconds / 0.02)):
        if holds():
            break
        await pilot.pause(0.02)
    assert holds(), screen_text(app_of(pilot))
    await settled(pilot)


async def settled(pilot: Pilot[int]) -> None:
    """Wait until nothing is going on."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def ready(pilot: Pilot[int]) -> QuothApp:
    """Wait until questions can be asked."""
    app = app_of(pilot)
    await until(pilot, lambda: app.facts is not None and not app.indexing)
    return app


async def ask(pilot: Pilot[int], question: str) -> QuothApp:
    """Type a question, send it, and wait for the answer."""
    app = app_of(pilot)
    app.main.box.focus()
    app.main.box.insert(question)
    await pilot.press("enter")
    await until(
        pilot,
        lambda: (
            bool(app.main.talk.turns) and all(t.answer or t.problem for t in app.main.talk.turns)
        ),
    )
    return app


def screen_text(app: QuothApp) -> str:
    """Return what is on the screen, one line for each row, without trailing spaces."""
    return "\n".join("".join(c.char for c in row).rstrip() for row in cells(app))


def picture(app: QuothApp) -> str:
    """Return the screen's rows, then its styles: a letter for each cell, and what it stands for."""
    rows = cells(app)
    letters: dict[str, str] = {}
    styles = []
    for row in rows:
        found = [letters.setdefault(c.style, _LETTERS[len(letters)]) for c in row]
        styles.append(_shortened("".join(found)))
    drawn = "\n".join("".join(c.char for c in row).rstrip() for row in rows)
    legend = "\n".join(f"{letter} {style}" for style, letter in letters.items())
    return f"{drawn}\n\n{chr(10).join(styles)}\n\n{legend}\n"


@dataclass(frozen=True)
class Cell:
    """One character on the screen and how it is drawn."""

    char: str = " "
    style: str = "none"


def cells(app: QuothApp) -> list[list[Cell]]:
    """Read the screen back from its picture."""
    svg = app.export_screenshot()
    width, height = app.size
    chars = [[" "] * width for _ in range(height)]
    styles = [["none"] * width for _ in range(height)]
    backs = [["-"] * width for _ in range(height)]
    rules = dict(re.findall(r"\.(terminal-\d+-r\d+) \{ ([^}]*) \}", svg))
    body = svg[svg.index('clip-path="url(#terminal-') :]
    for colour, x, y, wide in re.findall(
        r'<rect fill="([^"]+)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"', body
    ):
        row, first = round((float(y) - 1.5) / _HIGH), round(float(x) / _WIDE)
        for at in range(first, min(width, first + round(float(wide) / _WIDE))):
            backs[row][at] = colour
    for name, x, y, text in re.findall(
        r'<text class="(terminal-\d+-r\d+)" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', body
    ):
        row, at = round((float(y) - 20) / _HIGH), round(float(x) / _WIDE)
        for char in unescape(text).replace("\xa0", " "):
            for cell in range(at, min(width, at + max(1, cell_len(char)))):
                chars[row][cell] = char if cell == at else ""
                styles[row][cell] = rules[name]
            at += cell_len(char)
    return [
        _row(list(zip(chars[row], styles[row], backs[row], strict=True))) for row in range(height)
    ]


def _row(found: list[tuple[str, str, str]]) -> list[Cell]:
    """Give blanks the style of what stands before them, where the background is the same."""
    drawn: list[Cell] = []
    for char, style, back in found:
        blank = not char.strip()
        if blank and drawn and drawn[-1].style.endswith(f"on {back}"):
            drawn.append(Cell(char, drawn[-1].style))
        else:
            drawn.append(Cell(char, f"on {back}" if blank else f"{style} on {back}"))
    return drawn


async def show(pilot: Pilot[int], *turns: dict[str, Any]) -> QuothApp:
    """Show answers that were made up, so that no change of the ranking changes the picture."""
    app = await ready(pilot)
    talk = Talk()
    for answer in turns:
        turn = talk.add(answer["question"])
        turn.answer = answer
    assert app.facts is not None
    app.facts = replace(app.facts, indexed_at=time.time())
    app.main.query_one(StatusBar).show_facts(app.facts)
    await app.main.show_talk(talk, "")
    await settled(pilot)
    return app


def made(app: QuothApp, question: str, *quotes: tuple[str, str], status: str = "answered",
         confidence: float = 0.91) -> dict[str, Any]:  # fmt: skip
    """Return an answer whose quotations are these words of these documents."""
    evidence = []
    for path, words in quotes:
        document = app.engine.document(path)
        assert document is not None
        start = document.text.index(words)
        citation = app.engine.cite(path, start, start + len(words))
        evidence.append({
            "quote": words, "score": 1.0,
            "passage": {"text": words, "start": start, "end": start + len(words)},
            "citations": [citation], "near": [], "differs": [],
        })  # fmt: skip
    return {
        "schema": 1, "question": question, "understood_as": question, "carried": [],
        "status": status, "confidence": confidence, "evidence": evidence,
        "searched": {"documents": 5, "passages": 50, "skipped": 0, "terms": {"linden": 10}},
        "index": {"fingerprint": "0" * 32, "model": "all-MiniLM-L6-v2", "format": 1},
        "timings": {"total": 12.0},
    }  # fmt: skip


def _shortened(styles: str) -> str:
    """Write runs of one letter as the letter and their length."""
    return " ".join(f"{key}{len(list(run))}" for key, run in groupby(styles))
