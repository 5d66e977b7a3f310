"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import SEEDS

README = (SEEDS.parent / "README.md").read_text("utf-8")


def test_the_five_lines_run() -> None:
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    run = subprocess.run(
        [sys.executable, "-c", code.group(1)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=SEEDS.parent,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("answered The highest-ranking officer investigated was")
    assert run.stdout.endswith(" 16\n")


def test_the_answer_shown_is_the_answer_given(seeds_index: Path) -> None:
    shown = re.search(r"```console\n\$ quoth ask \"(.*?)\" --k 1\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    run = subprocess.run(
        [sys.executable, "-m", "retrieval.cli", "ask", shown.group(1), "--k", "1"]
        + ["--index", str(seeds_index)],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert run.stdout == shown.group(2)


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (SEEDS.parent / target).is_file(), target
