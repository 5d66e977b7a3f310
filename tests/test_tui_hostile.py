"""Text from outside is shown, never obeyed: escape codes, markup, direction marks, file names."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from retrieval import Settings, build_index
from tests.conftest import MakeCorpus
from tests.terminal import ask, cells, ready, screen_text, settled, use
from tui.packing import packed

MARKUP = "[/foo] [bold red]loud[/] [CITATION NEEDED] [[x]] [$accent] \\[y] [@click=app.quit]z[/] \\"
CODES = "\x1b[31mred\x1b[0m \x1b]0;owned\x07 \x1b]52;c;b3duZWQ=\x07 \x9b2J \x08\x08 \x7f \x0b"
DIRECTION = "\u202egpj.exe\u202c \u2066x\u2069 \u200b\u200e\ufeff \u2028 \U000e0041"
PLAIN = "The harbour trust was founded by merchants of the town, and kept minutes. " * 12
BODY = (
    f"{MARKUP}\n\nThe harbour {MARKUP} was closed in 1999 {CODES} by the mayor {DIRECTION} alone.\n"
    "\nThe mayor[/] said: “[bold]The harbour[/bold] stays closed.”\n\n{PLAIN}\n"
)
NAMES = ("[bold]name.txt", "esc\x1b[31m.txt", "rtl\u202etxt.md", "new\nline.txt")
UNSAFE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
OURS = re.compile(
    r"\x1b(\[[0-9;:?<>=]*[a-zA-Z$]+|[78=>]|\][^\x07\x1b]*(\x07|\x1b\\)|P[^\x1b]*\x1b\\)"
)
"""Colours, cursor places, modes and titles that Textual writes."""
QUESTION = f"When was the harbour closed by the mayor? {MARKUP} {CODES} {DIRECTION}"


@pytest.fixture
def hostile(make_corpus: MakeCorpus, home: Settings) -> Settings:
    """An index of documents that attack the terminal."""
    root = make_corpus({name: BODY + f"\nFile {n}.\n" for n, name in enumerate(NAMES)})
    settings = replace(home, corpus=root, index=home.data_dir / "hostile.index")
    build_index(root, settings.index, settings=settings)
    return settings


def test_nothing_crashes_and_no_control_character_is_drawn(hostile: Settings) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ready(pilot)
        app.main.box.insert(QUESTION)
        await ask(pilot, " ?")
        seen = [screen_text(app)]
        for keys in (
            ["up", "space"], ["w"], ["escape", "m"], ["f4"], ["escape", "enter"], ["slash", "m"],
            ["escape", "escape"], ["ctrl+b"], ["down", "t"], ["escape", "ctrl+t"], ["escape", "f3"],
            ["escape", "ctrl+r"], ["escape", "ctrl+s"], ["escape", "ctrl+o"], ["escape", "ctrl+p"],
            ["escape", "f1"], ["escape"],
        ):  # fmt: skip
            await pilot.press(*keys)
            await settled(pilot)
            seen.append(screen_text(app))
        text = "\n".join(seen)
        assert not re.search(
            r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", text
        )
        assert "[CITATION NEEDED]" in text and "[bold red]loud[/]" in text
        assert "␛[31mred␛[0m" in text and "␛]0;owned␇" in text
        assert "[bold]name.txt" in text and "esc␛[31m.txt" in text

    use(hostile, steps, size=(140, 50))


def test_no_word_of_a_document_changes_a_style(hostile: Settings) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, "When was the harbour closed?")
        quote = app.theme_variables["quote"].lower()
        styles: set[str] = set()
        for row in cells(app):
            drawn = "".join(cell.char for cell in row)
            for match in re.finditer(r"loud|red␛", drawn):
                styles.update(cell.style for cell in row[match.start() : match.end()])
        own = {
            quote,
            app.theme_variables["foreground"].lower(),
            app.theme_variables["mark-text"].lower(),
            app.theme_variables["quiet"].lower(),
        }
        assert styles
        assert {re.findall(r"fill: (#\w+)", style)[0] for style in styles} <= own

    use(hostile, steps, size=(140, 50))


def test_no_control_byte_of_theirs_reaches_the_terminal(hostile: Settings) -> None:
    code = "from tui.packing import unpacked; from tui.start import run; import sys; " \
           "sys.exit(run(unpacked(sys.argv[1])))"  # fmt: skip
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLUMNS="120", LINES="40")
        os.execv(sys.executable, [sys.executable, "-c", code, packed(hostile)])
    try:
        written = _until(terminal, "sk these documents")
        os.write(terminal, b"\x1b[200~" + QUESTION.encode("utf-8", "replace") + b"\x1b[201~")
        written += _until(terminal, "CITATION")
        os.write(terminal, b"\r")
        written += _until(terminal, "verified")
        for keys in (b"\x1b[A", b" ", b"\r", b"\x1b", b"\x02"):
            os.write(terminal, keys)
            written += _until(terminal, None)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)
    text = written.decode("utf-8", "replace")
    assert "\x1b]0;owned" not in text and "\x1b]52;" not in text
    assert "\x9b" not in text and "\u202e" not in text and "\u2066" not in text
    rest = OURS.sub("", text)
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", rest)


def _until(terminal: int, words: str | None, seconds: float = 20) -> bytes:
    """Read what is written until words are among it, or until nothing comes any more."""
    seen, deadline = b"", time.monotonic() + seconds
    while words is None or words.encode() not in seen:
        assert time.monotonic() < deadline, seen[-1500:]
        if select.select([terminal], [], [], 0.5)[0]:
            seen += os.read(terminal, 65536)
        elif words is None:
            break
    return seen


def test_names_are_left_alone_on_disk(hostile: Settings) -> None:
    assert hostile.corpus is not None
    assert {path.name for path in Path(hostile.corpus).iterdir()} == set(NAMES)
