"""``quoth sessions``, ``quoth export`` and what ``quoth chat`` saves, as a user runs them."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
import termios
import threading
from pathlib import Path
from typing import Any

import pytest

from retrieval import Retriever, Sessions, Settings, load_settings
from retrieval.cli import main
from tests.conftest import SEEDS

LINDEN = "Who was the highest-ranking officer investigated under Operation Linden?"
FOLLOW_UP = "When was it published?"

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with a data directory of this test's own, for other processes too."""
    monkeypatch.setenv("QUOTH_DATA_DIR", str(tmp_path / "data"))
    return load_settings()


@pytest.fixture
def saved(own: Settings, seeds: Retriever) -> list[int]:
    """Two conversations about the sample corpus, the second with two questions."""
    conversation = seeds.conversation()
    answers = [conversation.ask(LINDEN).to_dict(), conversation.ask(FOLLOW_UP).to_dict()]
    with Sessions.open(own) as sessions:
        first = sessions.start(SEEDS, "Ranks \x1b[31m")
        sessions.append(first, answers[0])
        second = sessions.start(SEEDS)
        for answer in answers:
            sessions.append(second, answer)
        sessions.pin(second, 1, 1)
    return [first, second]


def quoth(capsys: Capture, *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(list(words))
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_list_shows_the_last_first(saved: list[int], tmp_path: Path, capsys: Capture) -> None:
    code, out, _ = quoth(capsys, "sessions")
    lines = out.splitlines()
    assert code == 0
    assert [int(line.split()[0]) for line in lines] == saved[::-1]
    assert "2 questions" in lines[0]
    assert "Who was the highest-ranking officer" in lines[0]
    assert lines[0].endswith("[seeds]")
    assert "Ranks ␛[31m" in lines[1]
    link = tmp_path / "link"
    link.symlink_to(SEEDS)
    assert len(quoth(capsys, "sessions", "list", "--corpus", str(link))[1].splitlines()) == 2
    code, out, _ = quoth(capsys, "sessions", "list", "--corpus", "/nowhere", "--json")
    assert (code, json.loads(out)) == (0, {"schema": 1, "sessions": []})


def test_search_is_exit_1_when_nothing_is_found(saved: list[int], capsys: Capture) -> None:
    code, out, _ = quoth(capsys, "sessions", "search", "RANKS", "linden", "--json")
    assert code == 0
    assert [one["id"] for one in json.loads(out)["sessions"]] == saved[:1]
    code, out, err = quoth(capsys, "sessions", "search", "harbour")
    assert (code, out) == (1, "")
    assert "No conversation" in err


def test_show_is_a_transcript_and_json_is_exact(saved: list[int], capsys: Capture) -> None:
    code, out, _ = quoth(capsys, "sessions", "show", "last")
    assert code == 0
    assert out.startswith("quoth transcript, format 1\n")
    assert "Question 2: When was it published?" in out
    assert "000_0370fae8f4af25c7.txt, line 16, characters 1988-2143, sha256 " in out
    _, out, _ = quoth(capsys, "sessions", "show", str(saved[0]), "--json")
    assert json.loads(out)["turns"][0]["answer"]["question"] == LINDEN


def test_rename_and_delete(saved: list[int], capsys: Capture) -> None:
    assert quoth(capsys, "sessions", "rename", "last", "Dates")[0] == 0
    assert "Dates" in quoth(capsys, "sessions")[1].splitlines()[0]
    code, _, err = quoth(capsys, "sessions", "delete", str(saved[0]), "999", "--yes")
    assert code == 2
    assert "no conversation 999" in err
    assert len(quoth(capsys, "sessions")[1].splitlines()) == 2, "nothing was deleted"
    code, out, _ = quoth(capsys, "sessions", "delete", *map(str, saved), "--yes", "--json")
    assert (code, json.loads(out)["deleted"]) == (0, saved)
    code, out, err = quoth(capsys, "sessions")
    assert (code, out) == (0, "")
    assert "No conversation is saved" in err


@pytest.mark.parametrize(
    "words",
    [
        ["sessions", "remove"],
        ["sessions", "list", "x"],
        ["sessions", "search"],
        ["sessions", "show"],
        ["sessions", "show", "three"],
        ["sessions", "show", "99999999999999999999999"],
        ["sessions", "rename", "1"],
        ["sessions", "delete"],
        ["sessions", "delete", "last"],
        ["export", "12"],
        ["export", "last", "--format", "pdf"],
        ["export", "1", "--pins"],
    ],
)
def test_wrong_use_is_one_sentence_and_one_hint(
    saved: list[int], words: list[str], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(os.devnull) as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        code, out, err = quoth(capsys, *words)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 2
    assert "Traceback" not in err
    assert len(quoth(capsys, "sessions")[1].splitlines()) == 2


@pytest.mark.parametrize("ending", ["md", "json", "jsonl", "txt"])
def test_an_exported_conversation_passes_verify(
    saved: list[int], ending: str, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / f"out.{ending}"
    assert quoth(capsys, "export", "--output", str(file))[0] == 0
    code, out, _ = quoth(capsys, "verify", str(file), "--corpus", str(SEEDS), "--json")
    report = json.loads(out)
    assert (code, report["kind"], report["passed"]) == (0, "answers", True)
    assert report["counts"]["verified"] == len(report["items"]) > 5
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(tmp_path.glob(".out*")) == []


def test_export_replaces_nothing_unless_told(
    saved: list[int], tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "out.csv"
    file.write_text("mine")
    code, _, err = quoth(capsys, "export", "last", "--output", str(file))
    assert (code, file.read_text()) == (2, "mine")
    assert "--force" in err
    assert quoth(capsys, "export", "last", "--pins", "--output", str(file), "--force")[0] == 0
    assert file.read_text().startswith("turn,question,")
    assert {line.split(",")[0] for line in file.read_text().splitlines()[1:]} == {"1"}
    code, _, err = quoth(capsys, "export", "--output", str(tmp_path / "no" / "out.md"))
    assert code == 2
    assert "cannot be written" in err


def test_export_to_standard_output(saved: list[int], capsys: Capture) -> None:
    code, out, _ = quoth(capsys, "export")
    assert code == 0
    assert out.startswith("<!-- quoth transcript, format 1 -->\n")
    _, out, _ = quoth(capsys, "export", str(saved[0]), "--format", "html")
    assert out.startswith("<!doctype html>")
    assert "\x1b" not in out


def test_a_damaged_file_is_exit_3(saved: list[int], own: Settings, capsys: Capture) -> None:
    file = own.data_dir / "sessions" / "sessions.sqlite"
    file.write_bytes(b"x" * 5000)
    before = file.read_bytes()
    for words in (["sessions"], ["export"]):
        code, out, err = quoth(capsys, *words)
        assert (code, out) == (3, "")
        assert "damaged" in err
    assert file.read_bytes() == before


def test_a_repair_names_what_is_lost_and_keeps_the_damaged_file(
    saved: list[int], own: Settings, capsys: Capture
) -> None:
    assert quoth(capsys, "sessions", "repair")[:2] == (0, "Whole: 2 conversations with 3 turns.\n")
    file = own.data_dir / "sessions" / "sessions.sqlite"
    before = file.read_bytes()
    # One letter of one answer, altered: SQLite sees nothing wrong in that.
    whole, altered = b'"question":"When was it', b'"question":"When Was it'
    assert before.count(whole) == 1
    file.write_bytes(before.replace(whole, altered))
    code, _, err = quoth(capsys, "sessions", "show", "last")
    assert code == 3
    assert "quoth sessions repair" in err
    code, out, _ = quoth(capsys, "doctor", "--json")
    assert code == 3
    (found,) = [one for one in json.loads(out) if one["check"] == "sessions"]
    assert found["state"] == "damage"
    code, out, _ = quoth(capsys, "sessions", "repair", "--json")
    done = json.loads(out)
    assert (code, done["turns"]) == (1, 2)
    assert done["lost"] == [f"turn 2 of conversation {saved[1]}"]
    assert altered in (Path(done["damaged"]) / "sessions.sqlite").read_bytes()
    assert quoth(capsys, "sessions", "show", "last")[0] == 0


def typed(words: list[str], keys: bytes) -> tuple[int, str]:
    """Run quoth at a terminal, type, and return its exit status and what it showed."""
    outside, inside = pty.openpty()
    modes = termios.tcgetattr(inside)
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(inside, termios.TCSANOW, modes)
    process = subprocess.Popen(
        [sys.executable, "-m", "retrieval.cli", *words], stdin=inside, stdout=inside, stderr=inside
    )
    os.close(inside)
    os.write(outside, keys)
    shown = b""

    def read() -> None:
        nonlocal shown
        try:
            while part := os.read(outside, 65536):
                shown += part
        except OSError:
            return

    reader = threading.Thread(target=read)
    reader.start()
    code = process.wait(timeout=120)
    reader.join(timeout=10)
    os.close(outside)
    return code, shown.decode("utf-8", "replace")


def kept(settings: Settings) -> list[Any]:
    with Sessions.open(settings) as sessions:
        return [sessions.read(info.id) for info in sessions.list()]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_conversation_at_a_terminal_is_saved(own: Settings, seeds_index: Path) -> None:
    keys = f"{LINDEN}\n{FOLLOW_UP}\n/drop\n/new\n{FOLLOW_UP}\n/quit\n".encode()
    code, shown = typed(["chat", "--lines", "--index", str(seeds_index)], keys)
    assert code == 0, shown
    newest, oldest = kept(own)
    assert newest.info.corpus == SEEDS
    assert [turn.question for turn in newest.turns] == [FOLLOW_UP]
    assert [(turn.question, turn.dropped) for turn in oldest.turns] == [
        (LINDEN, False), (FOLLOW_UP, True),
    ]  # fmt: skip
    assert oldest.turns[1].answer["carried"] == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_no_save_and_pipes_leave_nothing(own: Settings, seeds_index: Path) -> None:
    words = ["chat", "--index", str(seeds_index)]
    code, _ = typed([*words, "--lines", "--no-save"], f"{LINDEN}\n/quit\n".encode())
    assert code == 0
    run = subprocess.run(
        [sys.executable, "-m", "retrieval.cli", *words], input=LINDEN, capture_output=True,
        text=True, check=True, timeout=120,
    )  # fmt: skip
    assert "detective inspector" in run.stdout
    assert not (own.data_dir / "sessions").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_conversation_that_cannot_be_saved_goes_on(own: Settings, seeds_index: Path) -> None:
    own.data_dir.mkdir()
    (own.data_dir / "sessions").write_text("in the way")
    keys = f"{LINDEN}\n{FOLLOW_UP}\n/quit\n".encode()
    code, shown = typed(["chat", "--lines", "--index", str(seeds_index)], keys)
    assert code == 0
    assert shown.count("not saved from here on") == 1
    assert "detective inspector" in shown


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_deleting_asks_first(own: Settings, saved: list[int]) -> None:
    code, shown = typed(["sessions", "delete", str(saved[0])], b"\n")
    assert code == 1
    assert "Nothing was deleted" in shown
    assert "\x1b" not in shown
    code, shown = typed(["sessions", "delete", str(saved[0])], b"y\n")
    assert code == 0
    assert [session.info.id for session in kept(own)] == saved[1:]


def test_private_conversations_stay_in_memory(own: Settings, tmp_path: Path) -> None:
    settings = load_settings({"save": False, "data_dir": tmp_path / "none"})
    with Sessions.open(settings) as sessions:
        sid = sessions.start(SEEDS)
        sessions.append(sid, {"question": "Who?", "evidence": []})
        assert sessions.read(sid).info.turns == 1
        sessions.delete(sid)
    assert not (tmp_path / "none").exists()
