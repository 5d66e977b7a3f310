"""Conversations stay: whole, private, found again, and gone when they are deleted."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from retrieval import QuothError, Sessions, Settings
from retrieval.sessions.salvage import Salvaged, repair

HOSTILE = "\x1b]0;x\x07 [bold]\u202e '; DROP TABLE turns; -- \ud800\0"


def an_answer(question: str = "Who led the inquiry?", quotes: int = 2) -> dict[str, Any]:
    """The JSON of an answer; only its outline counts here."""
    evidence = [{"quote": f"Quote {n} of {question}", "citations": []} for n in range(quotes)]
    return {
        "schema": 1, "question": question, "understood_as": question, "carried": [],
        "status": "answered", "confidence": 0.1 + 0.2, "evidence": evidence,
        "searched": {"documents": 1, "passages": 2, "skipped": 0, "terms": {"inquiry": 3}},
        "index": {"fingerprint": "f", "model": "m", "format": 1}, "timings": {"total": 1.5},
    }  # fmt: skip


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a data directory of this test's own."""
    return replace(settings, data_dir=tmp_path / "data")


def test_a_conversation_is_read_as_it_was_kept(own: Settings, tmp_path: Path) -> None:
    odd = {**an_answer(HOSTILE), "unknown": [None, 1e-300, {"\u2028": "\x7f"}]}
    with Sessions.open(own) as sessions:
        sid = sessions.start(tmp_path, "Title")
        assert sessions.append(sid, an_answer()) == 1
        assert sessions.append(sid, odd) == 2
    with Sessions.open(own) as sessions:
        session = sessions.read(sid)
    assert session.info.id == sid
    assert session.info.title == session.info.name == "Title"
    assert session.info.first == "Who led the inquiry?"
    assert session.info.corpus == tmp_path
    assert session.info.turns == 2
    assert session.info.started.tzinfo is UTC
    assert session.info.started <= session.turns[0].asked <= session.info.updated
    assert [turn.number for turn in session.turns] == [1, 2]
    assert session.turns[0].answer == an_answer()
    assert session.turns[1].answer == odd
    assert json.dumps(session.turns[0].answer) == json.dumps(an_answer())
    assert not session.turns[0].dropped
    assert session.turns[0].mark is None


def test_replacing_a_turn_takes_its_mark_and_its_pins(own: Settings, tmp_path: Path) -> None:
    with Sessions.open(own) as sessions:
        sid = sessions.start(tmp_path)
        for question in ("One?", "Two?"):
            turn = sessions.append(sid, an_answer(question))
            sessions.set_mark(sid, turn, "wrong")
            sessions.pin(sid, turn, 1)
        sessions.replace(sid, 2, an_answer("Two anew?"))
        first, second = sessions.read(sid).turns
        assert (first.mark, first.dropped) == ("wrong", False)
        assert (second.question, second.mark, second.dropped) == ("Two anew?", None, True)
        assert [(pin.turn, pin.evidence) for pin in sessions.pins(sid)] == [(1, 1)]


def test_the_list_is_newest_first_and_searched_without_regard_to_case(own: Settings) -> None:
    here, there = Path("/here"), Path("/there")
    with Sessions.open(own) as sessions:
        one, two, three = (sessions.start(folder) for folder in (here, there, here))
        sessions.append(two, an_answer("Was the Straße closed?"))
        sessions.append(one, an_answer("Who chaired it? 100%_"))
        sessions.rename(three, "Übersicht of Offices")
        assert [info.id for info in sessions.list()] == [one, two, three]
        assert [info.id for info in sessions.list(corpus=here)] == [one, three]
        assert [info.id for info in sessions.list("STRASSE")] == [two]
        assert [info.id for info in sessions.list("offices übersicht")] == [three]
        assert [info.id for info in sessions.list("%_")] == [one]
        assert [info.id for info in sessions.list("%", corpus=there)] == []
        assert sessions.list("' OR 1=1 --") == ()
        assert sessions.list()[0].name == "Who chaired it? 100%_"


def test_questions_are_distinct_and_newest_first(own: Settings, tmp_path: Path) -> None:
    with Sessions.open(own) as sessions:
        sids = [sessions.start(tmp_path) for _ in range(2)]
        for sid, question in zip(sids * 2, ["A?", "B?", "C?", "A?"], strict=True):
            sessions.append(sid, an_answer(question))
        assert sessions.questions() == ("A?", "C?", "B?")
        assert sessions.questions(2) == ("A?", "C?")
        assert sessions.questions(0) == ()


def test_marks_pins_and_drafts(own: Settings, tmp_path: Path) -> None:
    with Sessions.open(own) as sessions:
        sid = sessions.start(tmp_path)
        sessions.append(sid, an_answer())
        sessions.set_mark(sid, 1, "silent")
        sessions.pin(sid, 1, 2)
        sessions.pin(sid, 1, 2)
        sessions.pin(sid, 1, 1)
        sessions.set_draft(sid, "And when\nwas")
        assert sessions.read(sid).turns[0].mark == "silent"
        assert [(pin.turn, pin.evidence) for pin in sessions.pins(sid)] == [(1, 1), (1, 2)]
        assert sessions.draft(sid) == "And when\nwas"
        sessions.set_mark(sid, 1, None)
        sessions.unpin(sid, 1, 1)
        assert sessions.read(sid).turns[0].mark is None
        assert len(sessions.pins(sid)) == 1


def test_what_is_not_there_is_said_with_a_hint(own: Settings, tmp_path: Path) -> None:
    with Sessions.open(own) as sessions:
        sid = sessions.start(tmp_path)
        sessions.append(sid, an_answer())
        for call in (
            lambda: sessions.read(sid + 1),
            lambda: sessions.read(2**80),
            lambda: sessions.append(0, an_answer()),
            lambda: sessions.replace(sid, 2, an_answer()),
            lambda: sessions.set_mark(sid, 0, "right"),
            lambda: sessions.set_mark(sid, 1, "good"),  # type: ignore[arg-type]
            lambda: sessions.pin(sid, 1, 3),
            lambda: sessions.pin(sid, 1, 0),
            lambda: sessions.rename(-1, "x"),
            lambda: sessions.delete(9),
            lambda: sessions.draft(9),
            lambda: sessions.append(sid, {"question": "no evidence"}),
            lambda: sessions.append(sid, {**an_answer(), "confidence": float("nan")}),
        ):
            with pytest.raises(QuothError) as caught:
                call()
            assert caught.value.message.endswith(".")
            assert caught.value.hint
        assert sessions.read(sid).info.turns == 1


def test_a_deleted_conversation_is_nowhere_on_disk(own: Settings, tmp_path: Path) -> None:
    secret = "The minutes of 14 May"
    with Sessions.open(own) as sessions:
        kept = sessions.start(tmp_path, "Kept")
        sid = sessions.start(tmp_path, secret)
        sessions.append(kept, an_answer("Kept?"))
        for _ in range(40):
            sessions.append(sid, an_answer(secret * 20))
        sessions.delete(sid)
        folder = sessions.path.parent
        assert all(secret.encode() not in file.read_bytes() for file in folder.iterdir())
        assert [info.id for info in sessions.list()] == [kept]
        assert sessions.start(tmp_path) > sid, "a number is never used again"


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
def test_folder_and_files_are_private_even_if_they_were_not(own: Settings, tmp_path: Path) -> None:
    folder = own.data_dir / "sessions"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    (folder / "sessions.sqlite").touch(0o644)
    before = os.umask(0)
    try:
        with Sessions.open(own) as sessions:
            sessions.append(sessions.start(tmp_path), an_answer())
            names = {file.name for file in folder.iterdir()}
            assert names == {"sessions.sqlite", "sessions.sqlite-wal", "sessions.sqlite-shm"}
            assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_threads_share_one(own: Settings, tmp_path: Path) -> None:
    with Sessions.open(own) as sessions:
        sid = sessions.start(tmp_path)

        def ask(name: int) -> None:
            for number in range(10):
                sessions.append(sid, an_answer(f"{name}-{number}?"))
                sessions.list("1-")

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [turn.number for turn in sessions.read(sid).turns] == [*range(1, 41)]


_WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from retrieval import Sessions, load_settings
settings = replace(load_settings(), data_dir=Path(sys.argv[1]))
with Sessions.open(settings) as sessions:
    sid = int(sys.argv[2]) or sessions.start(Path(sys.argv[1]))
    print(sid, flush=True)
    for number in range(int(sys.argv[3])):
        answer = {"question": f"{sys.argv[4]} {number}?", "evidence": [], "filler": "x" * 20000}
        print(sessions.append(sid, answer), flush=True)
"""


def writer(data: Path, sid: int, turns: int, name: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", _WRITER, str(data), str(sid), str(turns), name]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_processes_write_at_once(own: Settings, tmp_path: Path) -> None:
    with Sessions.open(own) as sessions:
        sid = sessions.start(tmp_path)
        writers = [writer(own.data_dir, sid, 15, name) for name in ("a", "b", "c")]
        for process in writers:
            process.communicate(timeout=60)
            assert process.returncode == 0
        session = sessions.read(sid)
    assert sorted(turn.question for turn in session.turns) == sorted(
        f"{name} {number}?" for name in "abc" for number in range(15)
    )


def test_processes_that_begin_at_the_same_moment_agree(tmp_path: Path) -> None:
    code = """
import sys, time
from pathlib import Path
from retrieval.sessions.sessions import Sessions
sys.stdout.write("ready")
sys.stdout.flush()
for folder in sys.stdin:
    with Sessions(Path(folder.strip())) as sessions:
        sessions.append(sessions.start(Path("/x")), {"question": "q", "evidence": []})
"""
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]  # fmt: skip
    folders = [tmp_path / str(number) / "sessions" for number in range(15)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.read(5) == "ready"
    given = "".join(f"{folder}\n" for folder in folders)
    threads = [threading.Thread(target=process.communicate, args=(given,)) for process in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.returncode for process in processes] == [0] * 4
    for folder in folders:
        with Sessions(folder) as sessions:
            assert sessions.check() == (4, 4)


@pytest.mark.skipif(sys.platform == "win32", reason="limits are POSIX")
def test_a_full_disk_is_said_and_loses_nothing(own: Settings, tmp_path: Path) -> None:
    code = """
import resource, signal, sys
from pathlib import Path
from retrieval.sessions.sessions import Sessions
from retrieval import QuothError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Sessions(Path(sys.argv[1])) as sessions:
    sid = sessions.start(Path("/x"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    done = 0
    try:
        while True:
            done = sessions.append(sid, {"question": "q", "evidence": [], "f": "x" * 20_000})
    except QuothError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
        assert len(sessions.read(sid).turns) == done
        print(sid, done, sessions.append(sid, {"question": "after", "evidence": []}))
        print(type(error).__name__, error.message)
"""
    folder = own.data_dir / "sessions"
    run = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    numbers, told = run.stdout.splitlines()
    sid, done, after = map(int, numbers.split())
    assert told.startswith("StorageError There is no room left")
    assert done > 3
    assert after == done + 1
    with Sessions.open(own) as sessions:
        assert [turn.question for turn in sessions.read(sid).turns] == ["q"] * done + ["after"]


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_killed_at_any_write_loses_at_most_the_turn_being_written(
    own: Settings, tmp_path: Path
) -> None:
    chosen = random.Random(7)
    for _ in range(12):
        with writer(own.data_dir, 0, 100_000, "k") as process:
            assert process.stdout is not None
            sid = int(process.stdout.readline())
            kept = [process.stdout.readline() for _ in range(chosen.randrange(1, 8))]
            threading.Event().wait(chosen.random() * 0.01)
            process.send_signal(signal.SIGKILL)
            # What it had said was kept before the signal came; it may be in the pipe still.
            kept += process.stdout.readlines()
        told = [int(line) for line in kept if line.endswith("\n")]
        with Sessions.open(own) as sessions:
            turns = sessions.read(sid).turns
        assert told == [*range(1, len(told) + 1)]
        assert len(told) <= len(turns) <= len(told) + 1
        assert [turn.question for turn in turns] == [f"k {n}?" for n in range(len(turns))]


def damage(path: Path, places: int, seed: int) -> None:
    data = bytearray(path.read_bytes())
    chosen = random.Random(seed)
    for _ in range(places):
        data[chosen.randrange(len(data))] ^= 1 << chosen.randrange(8)
    path.write_bytes(data)


def test_a_damaged_file_is_named_and_never_read_wrongly(own: Settings, tmp_path: Path) -> None:
    with Sessions.open(own) as sessions:
        sids = [sessions.start(tmp_path) for _ in range(3)]
        for number, sid in enumerate(sids * 6):
            sessions.append(sid, an_answer(f"{number}?" * 50))
        whole = {sid: sessions.read(sid) for sid in sids}
    path, refused = sessions.path, 0
    good = path.read_bytes()
    for seed in range(100):
        path.write_bytes(good)
        damage(path, 3, seed)
        try:
            with Sessions.open(own) as sessions:
                for sid in sids:
                    found = sessions.read(sid)
                    assert [t.answer for t in found.turns] == [t.answer for t in whole[sid].turns]
        except QuothError as error:
            refused += 1
            assert str(path) in error.message or "no conversation" in error.message
            assert error.hint
    assert refused > 30
    for size in (1, 10, 100, 4096, len(good) - 4096, len(good) - 100, len(good) - 1):
        path.write_bytes(good[:size])
        with pytest.raises(QuothError) as caught:
            Sessions.open(own)
        assert caught.value.exit_code == 3
        assert path.read_bytes() == good[:size]


def test_a_repair_saves_every_turn_that_is_whole(own: Settings, tmp_path: Path) -> None:
    with Sessions.open(own) as sessions:
        for number in range(6):
            sid = sessions.start(tmp_path, f"Title {number}")
            for turn in range(8):
                sessions.append(sid, an_answer(f"{number}.{turn}?" * 30))
            sessions.pin(sid, 7, 2)
        whole = {info.id: sessions.read(info.id) for info in sessions.list()}
        assert sessions.check() == (6, 48)
    path, repaired, saved = sessions.path, 0, 0
    good = path.read_bytes()
    assert repair(path.parent) == Salvaged(6, 48, (), None)
    for seed in range(40):
        path.write_bytes(good)
        damage(path, 12, seed)
        try:
            done = repair(path.parent)
        except QuothError as error:
            assert error.hint
            continue
        assert not list(own.data_dir.glob("sessions.new-*"))
        if done.damaged is None:
            continue
        repaired, saved = repaired + 1, saved + done.turns
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        with Sessions.open(own) as sessions:
            assert sessions.check() == (done.sessions, done.turns)
            turns = 0
            for info in sessions.list():
                if info.id not in whole:  # a number that was damaged
                    assert info.turns == 0
                    continue
                before = [turn.answer for turn in whole[info.id].turns]
                after = [turn.answer for turn in sessions.read(info.id).turns]
                assert [answer for answer in before if answer in after] == after
                turns += len(after)
                for pin in sessions.pins(info.id):
                    assert after[pin.turn - 1] == before[6]
        named = sum(one.startswith("turn ") for one in done.lost)
        assert turns + named <= 48
        shutil.rmtree(done.damaged)
    assert repaired > 10
    assert saved > 30 * repaired


def test_a_file_of_another_program_is_left_alone(own: Settings) -> None:
    folder = own.data_dir / "sessions"
    folder.mkdir(parents=True)
    db = sqlite3.connect(folder / "sessions.sqlite")
    db.execute("PRAGMA user_version = 1")
    db.execute("CREATE TABLE t (x)")
    db.commit()
    db.close()
    before = (folder / "sessions.sqlite").read_bytes()
    with pytest.raises(QuothError, match="another program"):
        Sessions.open(own)
    assert (folder / "sessions.sqlite").read_bytes() == before


def test_a_newer_format_asks_for_a_newer_quoth(own: Settings) -> None:
    with Sessions.open(own) as sessions:
        path = sessions.path
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(QuothError, match="format 99"):
        Sessions.open(own)


def test_a_folder_that_may_not_be_written_is_said(own: Settings, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the way")
    with pytest.raises(QuothError, match="cannot be read and written"):
        Sessions.open(own)
