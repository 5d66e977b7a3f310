"""Nothing that somebody asks or lays into a folder takes unreasonable time or memory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pathspec import GitIgnoreSpec

from retrieval import Retriever, Settings, build_index, load_settings
from retrieval.encoder import Encoder, load_encoder
from retrieval.errors import CorpusError, QuestionError, UsageError
from retrieval.filters import to_where
from retrieval.globs import gitignore
from retrieval.passages import cut_passages
from retrieval.reading import read_folder, to_document
from retrieval.records import Skipped
from tests.conftest import MakeCorpus

_WHOLE = 10_000
"""Characters of the longest question that is taken, unless somebody sets another limit."""
_LENGTH = 60_000
QUESTIONS: dict[str, Callable[[int], str]] = {
    "one word": lambda n: "a" * n,
    "one word over and over": lambda n: "linden " * (n // 7),
    "words of no language": lambda n: "".join(f"{i:x}qzx " for i in range(n // 9)),
    "misspelt words": lambda n: "inqiury comittee govenrment " * (n // 28),
    "hyphens": lambda n: "a-" * (n // 2),
    "no spaces": lambda n: "字" * n,
    "line breaks": lambda n: "\n" * (n - 1) + "x",
    "accents": lambda n: "a" + "\u0301" * (n - 1),
    "characters that unfold": lambda n: "\ufdfa" * n,
    "figures": lambda n: "1 2 3 " * (n // 6),
    "quotation marks": lambda n: '"a' * (n // 2),
    "one phrase over and over": lambda n: '"the" ' * (n // 6),
    "many phrases": lambda n: "".join(f'"the {i:x}" ' for i in range(n // 11)),
    "opening marks": lambda n: "“a" * (n // 2),
}


@pytest.fixture(scope="module")
def encoder(settings: Settings) -> Encoder:
    return load_encoder(settings)


@pytest.mark.parametrize("length", [_WHOLE, 100_000])
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_made_to_be_slow_is_answered_or_refused(
    seeds: Retriever, name: str, length: int
) -> None:
    question = QUESTIONS[name](length)
    began = time.thread_time(), time.monotonic()
    try:
        seeds.ask(question[:length])
    except QuestionError as error:
        assert error.hint
    # The processor's time too, so that other work on the machine does not fail it.
    assert min(time.thread_time() - began[0], time.monotonic() - began[1]) < 2


def test_ten_thousand_phrases_are_refused_by_number(settings: Settings, seeds_index: Path) -> None:
    roomy = load_settings(
        {"max_question_chars": 10**6, "cache_dir": settings.cache_dir}, environ={}
    )
    question = " ".join(f'"the {number}"' for number in range(10_000))
    began = time.monotonic()
    with (
        Retriever.open(seeds_index, settings=roomy) as retriever,
        pytest.raises(QuestionError, match="10,000 phrases"),
    ):
        retriever.ask(question)
    assert time.monotonic() - began < 10  # with the model loaded


DOCUMENTS = {
    "one word": "a", "one hyphenated word": "a-", "figures": "1", "no spaces": "字。",
    "exclamations": "![", "openings": "<!--", "links": "![a](<", "brackets": "[",
    "accents": "a\u0301", "emphasis": "*a", "abbreviations": "U.S.", "addresses": "a@a.",
    "lines": "a\n", "headings": "# a\n", "quotations": "> > a\n", "joined": "\u200d",
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_made_to_be_slow_is_cut(encoder: Encoder, name: str) -> None:
    unit = DOCUMENTS[name]
    data = (unit * (_LENGTH // len(unit))).encode()
    began = time.thread_time()
    document = to_document("a.md", data, os.stat(__file__))
    passages = cut_passages(document, encoder.count_tokens, encoder.passage_window)
    assert time.thread_time() - began < 5
    assert document.text.encode() == data
    held = "".join(document.text[p.start : p.end] for p in passages)
    assert "".join(held.split()) == "".join(document.text.split())


def test_stars_do_not_multiply() -> None:
    began = time.thread_time()
    assert not gitignore(["*a" * 60 + "*b"]).match_file("a" * 255)
    assert not gitignore(["a/**/a/**/a/**/b"]).match_file("/".join("a" * 100))
    assert time.thread_time() - began < 2


@pytest.mark.parametrize("line", ["[z-a]", "!", "foo\\", "**/a/**/a/**/a/**/b"])
def test_an_ignore_file_that_cannot_be_obeyed_stops_everything(
    make_corpus: MakeCorpus, line: str
) -> None:
    root = make_corpus({"secret.txt": "Words.", ".quothignore": f"*.log\n{line}\n"})
    with pytest.raises(CorpusError, match="line 2"):
        list(read_folder(root.resolve(), 1000))
    where = to_where(line)
    with pytest.raises(UsageError, match="line 1"):
        assert where is not None and where.select({"a": None})  # type: ignore[dict-item]


def test_an_ignore_file_that_is_no_file_is_not_waited_for(make_corpus: MakeCorpus) -> None:
    root = make_corpus({"a.txt": "Words."}).resolve()
    os.mkfifo(root / ".quothignore")
    with pytest.raises(CorpusError, match="not a regular file"):
        list(read_folder(root, 1000))
    (root / ".quothignore").unlink()
    (root / ".quothignore").symlink_to("/dev/zero")
    with pytest.raises(CorpusError, match="leaves the folder"):
        list(read_folder(root, 1000))


def test_a_pattern_reaches_into_a_folder_whose_name_has_line_breaks(
    make_corpus: MakeCorpus,
) -> None:
    root = make_corpus({"a\nb/c.secret": "Words.", ".quothignore": "*.secret\n"})
    (skipped,) = read_folder(root.resolve(), 1000)
    assert isinstance(skipped, Skipped) and skipped.reason.startswith("ignored")


def test_folders_are_followed_a_hundred_deep_and_no_deeper(make_corpus: MakeCorpus) -> None:
    root = make_corpus({"a.txt": "Words."}).resolve()
    folder = root
    for _ in range(400):
        folder /= "d"
    folder.mkdir(parents=True)
    (folder / "b.txt").write_text("Deep words.")
    found = [item for item in read_folder(root, 1000) if isinstance(item, Skipped)]
    assert [item.reason for item in found] == ["more than 100 folders deep"]


def test_a_file_of_one_long_line_is_indexed_and_asked(
    make_corpus: MakeCorpus, settings: Settings, tmp_path: Path
) -> None:
    encoded = "QUJD" * 100_000
    root = make_corpus({"a.txt": f"The lighthouse was lit in 1899.\n\n{encoded}\n"})
    build_index(root, tmp_path / "index", settings=settings)
    with Retriever.open(tmp_path / "index", settings=settings) as retriever:
        answer = retriever.ask("When was the lighthouse lit?")
    assert answer.evidence[0].quote == "The lighthouse was lit in 1899."


_NAMES = ("a.txt", "ab/c.txt", "a/b/c", "abc", "a.b/ab.c")
_PATTERNS = ("*.txt", "a*b*c", "/a/**/c", "**/c", "a?b*", "!*b", "[!a]*", "ab/", "a*/*.c", "*a*b*")


@pytest.mark.parametrize("pattern", _PATTERNS)
def test_patterns_mean_what_they_mean_to_pathspec(pattern: str) -> None:
    ours, theirs = gitignore([pattern]), GitIgnoreSpec.from_lines([pattern])
    assert [ours.match_file(n) for n in _NAMES] == [theirs.match_file(n) for n in _NAMES]
