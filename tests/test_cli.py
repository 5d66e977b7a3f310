"""The command line, run as a user runs it."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from retrieval.store import DEFAULT_FORMAT
from tests.conftest import SEEDS, MakeCorpus

LINDEN = "Who was the highest-ranking officer investigated under Operation Linden?"
FRANCE = "What is the capital of France?"


def quoth(
    *words: str, given: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "retrieval.cli", *words],
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        timeout=120,
    )


@pytest.fixture
def index(seeds_index: Path) -> list[str]:
    return ["--index", str(seeds_index)]


def test_ask_prints_the_sentence_its_place_and_a_mark(index: list[str]) -> None:
    run = quoth("ask", LINDEN, *index)
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert lines[0].startswith(
        "The highest-ranking officer investigated was a detective inspector,"
    )
    assert "000_0370fae8f4af25c7.txt, line 16, characters 1988-2143" in lines[1]
    assert "verified" in lines[1]
    assert "\x1b" not in run.stdout
    assert run.stderr == ""


def test_a_profile_tells_where_the_time_went_and_leaves_stdout_alone(index: list[str]) -> None:
    plain, run = quoth("ask", LINDEN, *index), quoth("ask", LINDEN, "--profile", *index)
    assert run.stdout == plain.stdout
    spent = {line.split()[0]: float(line.split()[1]) for line in run.stderr.splitlines()}
    assert {"start", "open", "encode", "search", "evidence", "prove", "print"} < set(spent)
    assert all(value >= 0 for value in spent.values())
    assert sum(spent.values()) - spent["total"] == pytest.approx(spent["total"], abs=20)


def test_ask_json_is_the_contract(index: list[str]) -> None:
    run = quoth("ask", LINDEN, "--json", "--k", "2", *index)
    answer = json.loads(run.stdout)
    assert list(answer) == [
        "schema",
        "question",
        "understood_as",
        "carried",
        "status",
        "confidence",
        "evidence",
        "searched",
        "index",
        "timings",
    ]
    assert answer["schema"] == 1
    assert answer["status"] == "answered"
    assert len(answer["evidence"]) == 2
    evidence = answer["evidence"][0]
    assert set(evidence) >= {"quote", "score", "passage", "citations", "near", "differs"}
    assert set(evidence["citations"][0]) >= {
        "path",
        "title",
        "start",
        "end",
        "line_start",
        "line_end",
        "page",
        "section",
        "sha256",
        "state",
    }
    assert answer["searched"]["documents"] == 5
    assert answer["searched"]["terms"]["linden"] == sum(
        path.read_text("utf-8").count("Linden") for path in SEEDS.iterdir()
    )
    assert answer["index"]["format"] == DEFAULT_FORMAT
    first, second = (
        quoth("ask", LINDEN, "--json", "--no-timings", *index).stdout for _ in range(2)
    )
    assert first == second


def test_what_is_not_there_is_said_plainly(index: list[str]) -> None:
    run = quoth("ask", FRANCE, *index)
    assert run.returncode == 1
    assert run.stdout.startswith("The documents do not say.")
    assert "“france” 0×" in run.stdout
    assert json.loads(quoth("ask", FRANCE, "--json", *index).stdout)["status"] == "not_found"


def test_a_follow_up_says_what_it_carried(index: list[str]) -> None:
    before = "Who wrote to the inquiry about Operation Linden?"
    run = quoth("ask", "When was it published?", "--after", before, "--json", *index)
    answer = json.loads(run.stdout)
    asked, shown = answer["carried"]
    assert asked == {"turn": 1, "text": before}
    first = json.loads(quoth("ask", before, "--json", *index).stdout)["evidence"][0]
    assert shown == {"turn": 1, "text": first["quote"]}
    assert before in answer["understood_as"]


def test_markdown_holds_quotes_and_citations(index: list[str]) -> None:
    run = quoth("ask", LINDEN, "--markdown", *index)
    assert "\n> The highest-ranking officer investigated" in run.stdout
    assert "- `000_0370fae8f4af25c7.txt`, line 16" in run.stdout


def test_search_ranks_passages(index: list[str]) -> None:
    run = quoth("search", "Home Office targets", "--k", "3", "--json", *index)
    result = json.loads(run.stdout)
    assert [hit["rank"] for hit in result["hits"]] == [1, 2, 3]
    assert result["hits"][0]["path"].startswith("002")
    assert "[1] 002" in quoth("search", "Home Office targets", *index).stdout


def test_a_phrase_must_match(index: list[str]) -> None:
    result = json.loads(quoth("search", '"very prescriptive"', "--json", *index).stdout)
    assert len(result["hits"]) == 1
    assert "‘very prescriptive’" in result["hits"][0]["passage"]["text"]
    missing = quoth("search", '"very proscriptive"', "--json", *index)
    assert missing.returncode == 1
    assert json.loads(missing.stdout)["hits"] == []


def test_a_filter_limits_the_documents(index: list[str]) -> None:
    run = quoth("ask", "What did the whistleblower say?", "--where", "001*", "--json", *index)
    answer = json.loads(run.stdout)
    assert answer["searched"]["documents"] == 1
    assert {c["path"] for e in answer["evidence"] for c in e["citations"][:1]} == {
        "001_79fc81af2f2f4dda.txt"
    }
    none = json.loads(quoth("ask", LINDEN, "--since", "2999-01-01", "--json", *index).stdout)
    assert (none["status"], none["evidence"], none["searched"]["documents"]) == ("not_found", [], 0)


def test_index_status_and_doctor_of_a_new_folder(make_corpus: MakeCorpus, tmp_path: Path) -> None:
    root = make_corpus({"a.txt": "The harbour was closed in 1931.", "b.bin": b"\x00\x01" * 99})
    place = ["--index", str(tmp_path / "my.index")]
    run = quoth("index", str(root), *place)
    assert run.stdout.startswith("1 documents in 1 passages: 1 new, 1 skipped.")
    assert "b.bin: binary" in run.stdout
    status = json.loads(quoth("status", "--json", *place).stdout)
    assert [document["path"] for document in status["documents"]] == ["a.txt"]
    assert status["skipped"] == [{"path": "b.bin", "reason": "binary"}]
    assert status["changes"] == {"new": [], "changed": [], "gone": []}
    (root / "c.txt").write_text("More words.")
    assert "1 new since then; run: quoth index" in quoth("status", *place).stdout
    doctor = quoth("doctor", *place)
    assert doctor.returncode == 0, doctor.stdout
    assert "has changed since it was indexed" in doctor.stdout
    segment = next((tmp_path / "my.index").glob("segment-*"))
    (segment / "passages.vectors").write_bytes(b"x")
    broken = quoth("ask", "harbour", *place)
    assert broken.returncode == 3
    assert "passages.vectors is damaged" in broken.stderr
    assert "doctor --repair" in broken.stderr
    assert quoth("doctor", *place).returncode == 3
    assert quoth("doctor", "--repair", *place).returncode == 0
    assert quoth("ask", "When was the harbour closed?", *place).returncode == 0


def test_asking_a_folder_indexes_and_refreshes_it(make_corpus: MakeCorpus) -> None:
    root = make_corpus({"a.txt": "The harbour was closed in 1931."})
    run = quoth("ask", "When was the harbour closed?", "--corpus", str(root))
    assert "The harbour was closed in 1931." in run.stdout
    (root / "a.txt").write_text("The harbour was closed in 1944.")
    run = quoth("ask", "When was the harbour closed?", "--corpus", str(root))
    assert "1944" in run.stdout
    assert "1931" not in run.stdout
    assert [path.name for path in root.iterdir()] == ["a.txt"]


def test_questions_come_from_stdin_one_a_line(index: list[str]) -> None:
    given = f"{LINDEN}\n\n   \n{FRANCE}\n"
    run = quoth("chat", "--json", *index, given=given)
    assert run.returncode == 0, run.stderr
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert [answer["question"] for answer in answers] == [LINDEN, FRANCE]
    assert answers[1]["carried"][0]["turn"] == 1
    plain = quoth("chat", *index, given=given).stdout
    assert f"? {LINDEN}\n\nThe highest-ranking officer" in plain
    assert quoth("chat", *index).returncode == 0


def test_a_bad_line_does_not_end_a_conversation(index: list[str]) -> None:
    run = quoth("chat", "--json", *index, given=f"nul\x00byte\n{LINDEN}\n")
    assert run.returncode == 2
    assert "NUL" in run.stderr
    assert json.loads(run.stdout)["question"] == LINDEN


def test_the_example_of_a_library_user(index: list[str]) -> None:
    assert "usage: quoth" in quoth("--help").stdout
    for command in ("ask", "search", "index", "verify", "status", "doctor", "config", "chat"):
        text = quoth(command, "--help").stdout
        assert "examples:" in text, command
        assert "--corpus FOLDER" in text, command


def in_a_terminal(words: list[str], typed: bytes = b"") -> bytes:
    """Run a command on a pseudo-terminal and return what it wrote there."""
    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "retrieval.cli", *words], stdin=side, stdout=side, stderr=side
    )
    os.close(side)
    os.write(main, typed)
    shown = b""

    def read() -> None:
        nonlocal shown
        while True:
            try:
                part = os.read(main, 65536)
            except OSError:
                return
            if not part:
                return
            shown += part

    reader = threading.Thread(target=read)
    reader.start()
    process.wait(timeout=120)
    reader.join(timeout=10)
    os.close(main)
    return shown


def test_nothing_from_a_document_reaches_the_terminal(
    make_corpus: MakeCorpus, tmp_path: Path
) -> None:
    evil = "The harbour \x1b]0;owned\x07 was \x1b[31mclosed\x9b2J in \u202e1931."
    root = make_corpus({"a.txt": evil})
    place = ["--index", str(tmp_path / "my.index")]
    assert quoth("index", str(root), *place).returncode == 0
    shown = in_a_terminal(["ask", "harbour 1931", *place])
    for code in (b"\x1b]0", b"\x07", b"\x1b[31mclosed", "\x9b".encode(), "\u202e".encode()):
        assert code not in shown
    assert "␛]0;owned␇".encode() in shown
    assert evil in quoth("ask", "harbour 1931", *place).stdout


def test_a_conversation_is_held_in_a_terminal(index: list[str]) -> None:
    shown = in_a_terminal(["chat", "--lines", *index], f"/help\n{LINDEN}\n/new\n/quit\n".encode())
    assert b"The highest-ranking officer investigated" in shown
    assert b"/drop" in shown


def test_interrupting_says_so_and_keeps_the_index(make_corpus: MakeCorpus, tmp_path: Path) -> None:
    text = "".join(
        f"Report {n} says that ferry {n * 7} sailed in {1900 + n % 90}.\n\n" for n in range(4000)
    )
    root = make_corpus({"a.txt": text})
    place = tmp_path / "my.index"
    process = subprocess.Popen(
        [sys.executable, "-m", "retrieval.cli", "index", str(root), "--index", str(place)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Tests that a shell runs in the background inherit an ignored SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    assert any("Embedding" in line for line in iter(process.stderr.readline, ""))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted" in said
    assert "Traceback" not in said
    shutil.rmtree(place)
