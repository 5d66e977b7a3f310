"""The promise itself: every quote is a slice of the file's bytes, decoded."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from retrieval import Answer, Citation, Retriever, Settings, build_index
from retrieval.encoder import load_encoder
from retrieval.errors import CorpusError, QuestionError
from tests.conftest import SEEDS

WORDS = [
    "harbour",
    "council",
    "Linden",
    "officer",
    "1,400",
    "naïve",
    "café\u0301",
    "日本",
    "مرحبا",
    "x",
]
MARKS = list(
    " .,!?“”‘’\"'«»[]()<>\\`*_#&;\u00a0\u202e\u200f\u0301\u2028\u0085\ufeff😀\x1b\x07\x7f\t\r\n"
) + [
    "\r\n",
    "\x1b[31m",
    "[bold]",
    "\n\n",
    ". ",
    "\x1b]8;;http://x\x07",
    "👩\u200d👩\u200d👧",
]
text = st.lists(st.sampled_from(WORDS + MARKS), max_size=60).map("".join)
name = st.sampled_from(["a.txt", "b.md", "sub/c.txt", "[x].txt", "ü\u202e.txt", "d e.log"])
encoding = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"])
corpora = st.dictionaries(name, st.tuples(text, encoding), min_size=1, max_size=4)
questions = st.one_of(text, st.sampled_from(["Who is the officer?", '"harbour council"', "1,400"]))


def check_citation(root: Path, quote: str, citation: Citation) -> None:
    """Check a citation the way a stranger would: from the file's bytes alone."""
    data = (root / citation.path).read_bytes()
    assert hashlib.sha256(data).hexdigest() == citation.sha256
    decoded = next(
        data.decode(codec)
        for codec in ("utf-8-sig", "utf-16", "utf-32")
        if decodes(data, codec, citation, quote)
    )
    assert decoded[citation.start : citation.end] == quote
    lines = decoded[: citation.start].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert citation.line_start == len(lines)
    inside = quote.replace("\r\n", "\n").replace("\r", "\n")
    assert citation.line_end == citation.line_start + inside.rstrip("\n").count("\n")
    assert citation.byte_start is not None
    part = data[citation.byte_start : citation.byte_end]
    assert any(part == quote.encode(codec) for codec in ("utf-8", "utf-16-le", "utf-32-le"))
    assert citation.state == "verified"


def decodes(data: bytes, codec: str, citation: Citation, quote: str) -> bool:
    try:
        return data.decode(codec)[citation.start : citation.end] == quote
    except UnicodeDecodeError:
        return False


def check_answer(root: Path, answer: Answer) -> None:
    for evidence in answer.evidence:
        passage = evidence.passage
        assert evidence.quote
        assert evidence.citations
        assert evidence.quote in passage.text
        assert passage.document.text[passage.start : passage.end] == passage.text
        for citation in evidence.citations:
            check_citation(root, evidence.quote, citation)
        for other in (*evidence.near, *evidence.differs):
            for citation in other.citations:
                check_citation(root, other.quote, citation)


def check_json(answer: Answer) -> None:
    """The JSON round-trips, exactly, through text."""
    value: dict[str, Any] = answer.to_dict()
    for ascii_only in (True, False):
        written = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8")
        assert json.loads(written) == value


@rules(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(corpora, st.lists(questions, min_size=1, max_size=3))
def test_every_quote_is_a_slice_of_the_bytes(
    settings: Settings, corpus: dict[str, tuple[str, str]], asked: list[str]
) -> None:
    load_encoder(settings)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "corpus").resolve()
        for path, (content, codec) in corpus.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content.encode(codec))
        try:
            build_index(root, Path(folder, "index"), settings=settings)
        except CorpusError:
            return  # nothing but white space, or nothing at all
        with Retriever.open(Path(folder, "index"), settings=settings) as retriever:
            first = ask_all(retriever, asked)
        with Retriever.open(Path(folder, "index"), settings=settings) as retriever:
            second = ask_all(retriever, asked)
        for answer in first:
            check_answer(root, answer)
            check_json(answer)
        assert [same(answer) for answer in first] == [same(answer) for answer in second]


def ask_all(retriever: Retriever, asked: list[str]) -> list[Answer]:
    answers: list[Answer] = []
    for question in asked:
        try:
            history = [answer.question for answer in answers]
            answers.append(retriever.ask(question, history=history))
        except QuestionError:
            continue  # no word in it
    return answers


def same(answer: Answer) -> str:
    return json.dumps(answer.to_dict(timings=False))


def test_the_sample_corpus_is_quoted_to_the_byte(seeds: Retriever) -> None:
    for line in (SEEDS.parent / "eval/questions/seeds.jsonl").read_text("utf-8").splitlines()[::6]:
        question = json.loads(line)
        answer = seeds.ask(question["question"], history=question["history"])
        check_answer(SEEDS, answer)
        check_json(answer)
        assert 0.0 <= answer.confidence <= 1.0


def test_batches_and_single_queries_agree(seeds: Retriever) -> None:
    asked = ["Who led the inquiry?", "police targets", '"Home Office"', "x"]
    many = seeds.search_many(asked, k=7)
    assert [[hit.to_dict() for hit in hits] for hits in many] == [
        [hit.to_dict() for hit in seeds.search(query, k=7)] for query in asked
    ]
    pairs = seeds.search_many([("And when?", ["Who wrote the report on Operation Linden?"])], k=3)
    history = ["Who wrote the report on Operation Linden?"]
    assert pairs == [seeds.search("And when?", k=3, history=history)]
