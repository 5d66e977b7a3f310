"""``python -m tui.benchmark``: first paint, first answer, and typing while indexing.

Everything is measured from outside, through a pseudo-terminal, as a person would see it:
from the start of a new process to the first screen, from a key to its letter.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import pty
import random
import select
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from retrieval import Settings, build_index, bundled_corpus, load_settings

_QUESTION = "When was the report on Operation Linden published?"
_COMMAND = (sys.executable, "-m", "retrieval.cli", "chat")
_BOX = "sk these documents a question"
"""What the empty box says, after the letter under the cursor."""
_COLUMNS = ("best", "median", "p95", "p99", "worst", "count")
_LETTERS = "bcdfghjklmnpqrstvwxz"
Figures = dict[str, float]


class Terminal:
    """A program in a pseudo-terminal of its own."""

    def __init__(self, settings: Settings) -> None:
        self.began = time.perf_counter()
        self._child, self._file = pty.fork()
        if self._child == 0:
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as a person starts it
            os.environ.update(
                TERM="xterm-256color", COLUMNS="100", LINES="30",
                QUOTH_DATA_DIR=str(settings.data_dir), QUOTH_CACHE_DIR=str(settings.cache_dir),
            )  # fmt: skip
            words = [*_COMMAND, str(settings.corpus), "--index", str(settings.index)]
            os.execv(sys.executable, words)
        self.seen = b""

    def write(self, text: str) -> None:
        """Type."""
        os.write(self._file, text.encode())

    def read(self, seconds: float) -> bool:
        """Read what comes; false where nothing did."""
        if not select.select([self._file], [], [], seconds)[0]:
            return False
        self.seen += os.read(self._file, 1 << 16)
        return True

    def until(self, words: str, seconds: float = 120) -> float:
        """Read until ``words`` are drawn; return the moment."""
        deadline = time.perf_counter() + seconds
        while words.encode() not in self.seen:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{words!r} was not drawn: {self.seen[-500:]!r}")
            self.read(0.5)
        now = time.perf_counter()
        self.seen = b""
        return now

    def close(self) -> None:
        """End the program."""
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)
        os.close(self._file)


@contextmanager
def started(settings: Settings) -> Iterator[Terminal]:
    """Start the program; end it when done."""
    terminal = Terminal(settings)
    try:
        yield terminal
    finally:
        terminal.close()


def cold_start(settings: Settings) -> Figures:
    """Measure from the start of a process to its first screen and its first answer."""
    with started(settings) as terminal:
        painted = terminal.until(_BOX) - terminal.began
        terminal.write(_QUESTION + "\r")
        answered = terminal.until("verified") - terminal.began
    return {"first_paint": painted, "first_answer": answered}


def typing(settings: Settings, seconds: float, *, wait_for: str) -> list[float]:
    """Measure, letter by letter, from a key to its being drawn.

    Args:
        settings: for the program.
        seconds: how long to type.
        wait_for: begin when this is drawn.
    """
    found = []
    with started(settings) as terminal:
        terminal.until(wait_for)
        while terminal.read(1.0 if wait_for == _BOX else 0.0):
            pass
        end, number = time.perf_counter() + seconds, 0
        while time.perf_counter() < end:
            letter = _LETTERS[number % len(_LETTERS)]
            terminal.seen = b""
            before = time.perf_counter()
            terminal.write(letter)
            while letter.encode() not in terminal.seen.rpartition(b"\x1b[")[2] + terminal.seen:
                if not terminal.read(5):
                    raise TimeoutError("a letter was not drawn")
            found.append(time.perf_counter() - before)
            number += 1
            if number % 40 == 0:
                terminal.write("\x15")  # an empty line again
            pause = time.perf_counter() + 0.05
            while time.perf_counter() < pause:
                terminal.read(0.01)
    return found


def large_corpus(folder: Path, passages: int) -> None:
    """Write text from a fixed seed that makes about so many passages."""
    chance = random.Random(7)
    words = [
        "".join(chance.choices("abcdefghilmnoprstu", k=chance.randint(2, 9))) for _ in range(4000)
    ]
    for number in range(passages // 20):
        paragraphs = [" ".join(chance.choices(words, k=90)).capitalize() + "." for _ in range(20)]
        (folder / f"{number:05}.txt").write_text("\n\n".join(paragraphs) + "\n", "utf-8")


def summary(values: Sequence[float]) -> Figures:
    """Return figures in milliseconds."""
    ordered = sorted(value * 1000 for value in values)
    return {
        "best": round(ordered[0], 1),
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1),
        "p99": round(ordered[int(0.99 * (len(ordered) - 1))], 1),
        "worst": round(ordered[-1], 1), "count": len(ordered),
    }  # fmt: skip


def measure(runs: int, passages: int, seconds: float) -> Mapping[str, object]:
    """Measure everything in a temporary folder; the model's cache is the user's own."""
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        base = replace(load_settings(), data_dir=home / "data", file=home / "config.toml")
        seeds = replace(base, corpus=bundled_corpus(), index=home / "seeds.index")
        build_index(bundled_corpus(), seeds.index, settings=seeds)
        cold_start(seeds)  # whatever is compiled, is compiled now
        starts = [cold_start(seeds) for _ in range(runs)]
        idle = typing(seeds, min(5.0, seconds), wait_for=_BOX)
        folder = home / "large"
        folder.mkdir()
        large_corpus(folder, passages)
        large = replace(base, corpus=folder, index=home / "large.index")
        busy = typing(large, seconds, wait_for="embedding")
    return {
        "machine": {
            "cores": os.cpu_count(), "python": platform.python_version(),
            "system": platform.system(),
        },
        "runs": runs, "passages": passages,
        "first_paint_ms": summary([start["first_paint"] for start in starts]),
        "first_answer_ms": summary([start["first_answer"] for start in starts]),
        "typing_idle_ms": summary(idle),
        "typing_while_indexing_ms": summary(busy),
    }  # fmt: skip


def table(figures: Mapping[str, object]) -> str:
    """Return the figures as Markdown."""
    head = "".join(f" {name} |" for name in ("figure", *_COLUMNS))
    lines = [f"|{head}", "|" + " --- |" * (len(_COLUMNS) + 1)]
    for name, value in figures.items():
        if name.endswith("_ms") and isinstance(value, dict):
            label = name.removesuffix("_ms").replace("_", " ")
            cells = " | ".join(
                f"{value[k]:g}" for k in ("best", "median", "p95", "p99", "worst", "count")
            )
            lines.append(f"| {label}, ms | {cells} |")
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tui.benchmark", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="starts that are measured")
    parser.add_argument("--passages", type=int, default=10_000, help="of the indexed folder")
    parser.add_argument("--seconds", type=float, default=20, help="of typing while indexing")
    parser.add_argument("--json", action="store_true", help="write JSON alone")
    args = parser.parse_args()
    figures = measure(args.runs, args.passages, args.seconds)
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    if not args.json:
        sys.stdout.write("\n" + table(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
