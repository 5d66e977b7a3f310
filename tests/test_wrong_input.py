"""Wrong input: one sentence, one hint, the right exit status, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval.cli import main
from retrieval.store import create_or_open_writer
from tests.conftest import SEEDS, MakeCorpus


def complaint(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run a command that must fail; return its exit status and what it said."""
    status = main(words)
    said = capsys.readouterr()
    assert said.out == ""
    lines = [line for line in said.err.splitlines() if not line.endswith("...")]  # progress
    assert len(lines) == 2, said.err
    assert lines[0].startswith("quoth: ")
    assert lines[0].endswith((".", "?", "!"))
    assert lines[1].startswith("  ")
    assert "Traceback" not in said.err
    return status, said.err


CASES = {
    "no folder": (["index", "no-such-folder"], "There is no folder no-such-folder"),
    "a file": (["index", "file.txt"], "is a file, not a folder"),
    "an empty folder": (["index", "empty"], "is empty"),
    "only unreadable files": (["index", "binary"], "None of the 1 files"),
    "asking an empty folder": (["ask", "who?", "--corpus", "empty"], "is empty"),
    "no index": (["ask", "who?", "--index", "none.index"], "There is no index"),
    "not an index": (["ask", "who?", "--index", "binary"], "There is no index"),
    "indexing into something else": (["index", "good", "--index", "binary"], "not an index"),
    "an index inside the folder": (["index", "good", "--index", "good/x"], "inside the folder"),
    "a question of spaces": (["ask", "  \t "], "The question is empty"),
    "a question of marks": (["ask", "?!"], "The question is empty"),
    "a long question": (["ask", "x" * 100_000], "100,000 characters long"),
    "a NUL byte": (["ask", "who\x00?"], "NUL"),
    "an unknown option": (["ask", "who?", "--jsn"], "--jsn"),
    "an unknown command": (["asc", "who?"], "no command and no folder called asc"),
    "a missing argument": (["ask"], "QUESTION"),
    "a bad number": (["ask", "who?", "--k", "0"], "at least 1"),
    "a bad date": (["ask", "who?", "--since", "soon"], "is not a date"),
    "a model that is not there": (["index", "good", "--model", "./none"], "no model folder ./none"),
    "a model name nobody has": (["index", "good", "--model", "nobody/none"], "nobody/none"),
    "status without an index": (["status", "--corpus", "good"], "There is no index"),
    "two folders": (["chat", "good", "--corpus", "empty"], "Two folders"),
    "verifying no file": (["verify", "no-such-draft.md"], "no-such-draft.md"),
}


@pytest.mark.parametrize("case", CASES)
def test_wrong_input(
    case: str,
    make_corpus: MakeCorpus,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = make_corpus(
        {"file.txt": "x", "binary/a.bin": b"\x00\x01" * 50, "good/a.txt": "Some words here."}
    )
    (root / "empty").mkdir()
    monkeypatch.chdir(root)
    before = sorted(path.as_posix() for path in root.rglob("*"))
    words, expected = CASES[case]
    status, said = complaint(capsys, *words)
    assert status == 2
    assert expected in said
    assert sorted(path.as_posix() for path in root.rglob("*")) == before


def test_a_near_miss_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--json" in complaint(capsys, "ask", "who?", "--jsn")[1]
    assert "`quoth search`" in complaint(capsys, "serach", "x")[1]


def test_an_index_that_is_being_written(
    seeds_index: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place = tmp_path / "busy.index"
    with create_or_open_writer(place):
        script = "import sys; from retrieval.cli import main; sys.exit(main(sys.argv[1:]))"
        run = subprocess.run(
            [sys.executable, "-c", script, "index", str(SEEDS), "--index", str(place)],
            capture_output=True,
            text=True,
        )
    assert run.returncode == 2
    assert f"being written by another process (process {os.getpid()})" in run.stderr


def test_a_corpus_that_is_gone_can_still_be_asked(
    make_corpus: MakeCorpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_corpus({"a.txt": "The harbour was closed in 1931."})
    place = str(tmp_path / "my.index")
    assert main(["index", str(root), "--index", place]) == 0
    (root / "a.txt").unlink()
    capsys.readouterr()
    assert main(["ask", "When was the harbour closed?", "--index", place]) == 0
    assert "source missing" in capsys.readouterr().out
    root.rmdir()
    assert main(["ask", "When was the harbour closed?", "--index", place]) == 0
    assert main(["status", "--index", place]) == 0
    assert "unknown: There is no folder" in capsys.readouterr().out


def test_a_changed_source_is_marked(
    make_corpus: MakeCorpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_corpus({"a.txt": "The harbour was closed in 1931."})
    place = str(tmp_path / "my.index")
    assert main(["index", str(root), "--index", place]) == 0
    (root / "a.txt").write_bytes(b"\x00\x01 no text any more")
    capsys.readouterr()
    assert main(["ask", "When was the harbour closed?", "--index", place]) == 0
    assert "source changed" in capsys.readouterr().out


def test_debug_shows_the_traceback() -> None:
    script = "import sys; from retrieval.cli import main; sys.exit(main(sys.argv[1:]))"
    run = subprocess.run(
        [sys.executable, "-c", script, "ask", " ", "--debug"], capture_output=True, text=True
    )
    assert "Traceback" in run.stderr
