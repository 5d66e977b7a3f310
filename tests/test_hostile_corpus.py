"""A folder whose files are made to do harm: odd names, traps, and others that change meanwhile."""

from __future__ import annotations

import os
import random
import socket
import threading
from pathlib import Path

import pytest

from retrieval import Retriever, Settings
from retrieval.errors import CorpusError
from retrieval.indexing import update_index
from retrieval.reading import walk
from retrieval.store import create_or_open_writer, open_snapshot
from tests.changing import QUESTIONS, Corpus, WordEncoder
from tests.conftest import MakeCorpus
from tests.test_cli import in_a_terminal
from tests.test_verbatim import check_answer

EVIL = "\x1b]0;owned\x07\x1b]52;c;eA==\x07\x1b]8;;http://x\x07\x9b2J\u202e<script>[red]`|"
NAMES = (
    "con.txt", "NUL", "aux.md", "-rf.txt", "--help.txt", " lead.txt", "trail .txt", "a\tb.txt",
    "a\nb.txt", "\u202etxt.exe", "\u2066x.md", "e\u0301.txt", "é.txt", "~$x.txt", "$(id).txt",
    "`id`.txt", ";ls.txt", "'q'.txt", '"q".txt', "<b>.md", "[link](x).md", "=cmd().txt", "%s%n.txt",
    "x" * 251 + ".txt", "\\\\server\\x.txt", "C:\\x.txt", "😀.txt", "\x1b[31m.txt", "\x9b2J.txt",
    "a..txt", "日本.txt", "a:b.txt", "*?.txt",
)  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="other names are reserved elsewhere")
def test_odd_names_are_indexed_cited_and_followed_exactly(
    make_corpus: MakeCorpus, settings: Settings, tmp_path: Path
) -> None:
    files = {name: f"The {number}th harbour was closed." for number, name in enumerate(NAMES)}
    root = make_corpus(files).resolve()
    encoder = WordEncoder()
    report = update_index(root, tmp_path / "index", settings, lambda: encoder)
    assert report.documents == len(NAMES) and not report.skipped
    with Retriever(open_snapshot(tmp_path / "index"), encoder, settings) as retriever:
        assert {d.path for d in retriever.snapshot.documents()} == set(NAMES)
        for number in range(0, len(NAMES), 3):
            answer = retriever.ask(f"the {number}th harbour", k=9)
            assert answer.evidence
            check_answer(root, answer)


@pytest.mark.skipif(os.name != "posix", reason="other kinds of files elsewhere")
def test_what_is_no_file_of_the_folder_is_never_read(
    make_corpus: MakeCorpus, settings: Settings, tmp_path: Path
) -> None:
    root = make_corpus({"good.txt": "The harbour was closed.", "sub/x.txt": "The ferry ran."})
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.txt").write_text("secret words")
    for name, target in {
        "out.txt": tmp_path / "secret" / "s.txt", "folder": tmp_path / "secret",
        "up": Path(".."), "self": Path("self"), "two": Path("one"), "one": Path("two"),
        "sub/loop": root, "zero.txt": Path("/dev/zero"), "random.txt": Path("/dev/urandom"),
        "memory.txt": Path("/proc/self/mem"), "hop.txt": Path("sub/../../secret/s.txt"),
    }.items():  # fmt: skip
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "s"))
        encoder = WordEncoder()
        report = update_index(root, tmp_path / "index", settings, lambda: encoder)
    assert report.documents == 2
    assert len(report.skipped) == 13
    assert all(skipped.reason for skipped in report.skipped)
    with Retriever(open_snapshot(tmp_path / "index"), encoder, settings) as retriever:
        assert all("secret" not in d.text for d in retriever.snapshot.documents())


def test_files_that_change_and_vanish_while_they_are_read(
    tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "corpus").mkdir()
    corpus = Corpus(tmp_path / "corpus", tmp_path / "index", settings)
    corpus.add(30)
    stop = threading.Event()

    def change() -> None:
        chance = random.Random(3)
        while not stop.is_set():
            path = corpus.root / f"m{chance.randrange(20)}.txt"
            match chance.randrange(4):
                case 0:
                    path.unlink(missing_ok=True)
                case 1:
                    path.write_text("")
                case 2:
                    path.write_bytes(chance.randbytes(300))
                case _:
                    path.write_text(f"The ferry of {chance.randrange(1900, 1999)} was closed. " * 9)

    changer = threading.Thread(target=change)
    changer.start()
    try:
        for _ in range(8):
            corpus.update()
            with Retriever(open_snapshot(corpus.index), corpus.encoder, settings) as retriever:
                for question in QUESTIONS:
                    for evidence in retriever.ask(question).evidence:
                        document = evidence.passage.document
                        assert evidence.quote in document.text
    finally:
        stop.set()
        changer.join()
    corpus.update()
    with Retriever(open_snapshot(corpus.index), corpus.encoder, settings) as retriever:
        check_answer(corpus.root, retriever.ask(QUESTIONS[0]))
        assert retriever.snapshot.check() == []


def test_a_hundred_thousand_names_are_listed(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number:02d}").mkdir()
        (tmp_path / f"{number:02d}" / "x.txt").write_text("x")
    for number in range(100_000):
        folder = tmp_path / f"{number % 100:02d}"
        os.link(folder / "x.txt", folder / f"{number}.txt")
    assert sum(1 for _ in walk(tmp_path.resolve(), 1000)) == 100_100


def test_a_folder_of_containers_has_nothing_to_read(
    make_corpus: MakeCorpus, settings: Settings, tmp_path: Path
) -> None:
    """No format that unpacks anything is read yet: a bomb is refused by its first bytes."""
    root = make_corpus(
        {"a.txt": b"PK\x03\x04" + b"\0" * 99, "b.txt": b"%PDF-1.7 x", "c.txt": b"\x1f\x8b\x08\0"}
    )
    with pytest.raises(CorpusError):
        update_index(root, tmp_path / "index", settings, WordEncoder)


@pytest.mark.slow
def test_no_command_lets_a_name_or_a_text_reach_the_terminal(
    make_corpus: MakeCorpus, tmp_path: Path, seeds_index: Path
) -> None:
    name = f"{EVIL.replace('/', '')}.txt"
    assert seeds_index.is_dir()  # so that the model is exported already
    root = make_corpus({name: f"{EVIL} harbour\n\nThe harbour {EVIL} was closed in 1931."})
    (root / f"{name}.zip").write_bytes(b"PK\x03\x04")
    place = ["--corpus", str(root), "--index", str(tmp_path / "my.index")]
    saved = tmp_path / "draft.md"
    saved.write_text(f"He said “The harbour {EVIL} was opened in 1931.”")
    for words in (
        ["index", str(root), *place[2:]], ["status", *place], ["doctor", *place],
        ["ask", f"{EVIL} harbour closed?", *place], ["search", f"harbour {EVIL}", *place],
        ["verify", str(saved), "--corpus", str(root)], ["ask", "x", "--index", EVIL],
        ["index", f"/nowhere/{EVIL}"], ["sessions", "show", EVIL], ["config", EVIL],
    ):  # fmt: skip
        shown = in_a_terminal(words)
        for code in (b"\x1b]", b"\x07", "\x9b".encode(), "\u202e".encode()):
            assert code not in shown, (words, shown)


def test_a_lock_whose_holder_was_killed_holds_nobody_up(tmp_path: Path) -> None:
    index = tmp_path / "index"
    child = os.fork()
    if not child:
        create_or_open_writer(index)
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    assert (index / "writer.json").exists()  # it says who held it
    create_or_open_writer(index).close()
    assert not (index / "writer.json").exists()
