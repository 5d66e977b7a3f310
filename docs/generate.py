"""Write the help of every command into docs/cli.md; run from the root by ``make docs``.

The help stands between two markers; everything else in the file is written by hand.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parent / "cli.md"
BEGIN, END = "<!-- generated: commands -->", "<!-- end of generated -->"
COMMANDS = (
    "", "chat", "ask", "search", "index", "verify", "sessions", "export", "status", "doctor",
    "config",
)  # fmt: skip


def page(text: str) -> str:
    """Return the page with its generated part made anew."""
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    parts = [f"## quoth {name}".rstrip() + f"\n\n```text\n{shown(name)}```\n" for name in COMMANDS]
    return head + BEGIN + "\n\n" + "\n".join(parts) + "\n" + END + tail


def shown(command: str) -> str:
    """Return what ``--help`` prints, at a width of 80 columns."""
    words = [sys.executable, "-m", "retrieval.cli", *command.split(), "--help"]
    environment = {**os.environ, "COLUMNS": "80"}
    run = subprocess.run(words, check=True, capture_output=True, encoding="utf-8", env=environment)
    return run.stdout


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
