"""Question sets: gold resolved to offsets, and every mistake told with file and line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from eval import beir, corpora
from eval.errors import QuestionSetError
from eval.questions import load_questions, named_corpus, shipped
from eval.records import Gold, Place
from eval.starting import start
from retrieval import Settings
from retrieval.errors import CorpusError, UsageError
from retrieval.reading import read_document

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
TEXTS = {"a.txt": "The dam broke in 1975. Nobody came. Nobody came.", "b.txt": "It broke in 1976."}


def line(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a question that is right, but for the changes; None leaves a key out."""
    values: dict[str, Any] = {
        "id": "q1", "kind": "factoid", "question": "When did the dam break?", "history": [],
        "answerable": True, "gold": [{"path": "a.txt", "quote": "broke in 1975"}], "note": "",
    }  # fmt: skip
    values.update(changes)
    return {key: value for key, value in values.items() if value is not None}


def written(folder: Path, *lines: Mapping[str, Any] | str) -> Path:
    path = folder / "set.jsonl"
    text = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    path.write_text(text + "\n", "utf-8")
    return path


def test_the_shipped_set_resolves_to_exact_slices() -> None:
    def text(path: str) -> str | None:
        return read_document(SEEDS, path).text if (SEEDS / path).is_file() else None

    questions = load_questions(shipped("seeds"), text).questions
    assert len(questions) >= 200
    assert sum(not question.answerable for question in questions) >= 45
    for question in questions:
        for gold in question.gold:
            found = text(gold.place.path)
            assert found is not None
            assert found[gold.place.start : gold.place.end] == gold.quote
    halves = [question.half for question in questions]
    assert 0.4 < halves.count("test") / len(halves) < 0.6


def test_a_half_depends_on_the_id_alone(tmp_path: Path) -> None:
    path = written(tmp_path, line(id="factoid-001"), line(id="factoid-002"), line(id="factoid-004"))
    halves = [question.half for question in load_questions(path, TEXTS.get).questions]
    assert halves == ["test", "tune", "test"]  # of these very ids, for ever


def test_comments_and_a_named_corpus_are_no_questions(tmp_path: Path) -> None:
    path = written(tmp_path, "# mine", {"corpus": "../docs"}, "", line())
    assert len(load_questions(path, TEXTS.get).questions) == 1
    assert named_corpus(path) == tmp_path / "../docs"
    assert named_corpus(written(tmp_path, line())) is None


def test_an_occurrence_chooses_among_equal_words(tmp_path: Path) -> None:
    gold = [{"path": "a.txt", "quote": "Nobody came.", "occurrence": 2}]
    found = load_questions(written(tmp_path, line(gold=gold)), TEXTS.get).questions[0].gold[0]
    assert found.place == Place("a.txt", 36, 48)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('{"id": "q1",', "not JSON"),
        ("[1]", "one JSON object"),
        (r'{"id": "\ud800"}', "half a character"),
        (line(answerable=None), '"answerable" is missing'),
        (line(answerable="yes"), '"answerable" has to be a JSON true or false'),
        (line(colour="red"), '"colour" is unknown'),
        (line(question=" "), '"question" is empty'),
        (line(history=["When?", 3]), '"history" has to hold questions only'),
        (line(gold=[]), "needs at least one gold quote"),
        (line(answerable=False), "cannot have gold quotes"),
        (line(gold=[{"path": "c.txt", "quote": "x"}]), "the corpus holds no document c.txt"),
        (line(gold=[{"path": "a.txt", "quote": "in 1976"}]), "this quote does not stand in a.txt"),
        (
            line(gold=[{"path": "a.txt", "quote": "Nobody came."}]),
            'say which "occurrence" (1 to 2)',
        ),
        (
            line(gold=[{"path": "a.txt", "quote": "Nobody came.", "occurrence": 3}]),
            '"occurrence" has to be 1 to 2',
        ),
        (line(gold=[{"path": "a.txt"}]), 'a gold entry holds "path", "quote"'),
        (line(gold=[{"path": "a.txt", "quote": ""}]), "have to be text"),
        (line(gold=[{"path": "a.txt", "quote": "1975", "side": "a"}]), "only one side"),
        (line(id="first"), 'the id "first" is that of line 1 too'),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, wrong: Mapping[str, Any] | str, told: str
) -> None:
    path = written(tmp_path, line(id="first"), wrong)
    with pytest.raises(QuestionSetError) as caught:
        load_questions(path, TEXTS.get)
    assert f"{path}:2: " in caught.value.message
    assert told in caught.value.message


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, line(kind=None), line(id="q2"), "nonsense")
    with pytest.raises(QuestionSetError) as caught:
        load_questions(path, TEXTS.get)
    assert [told.split(": ")[0] for told in caught.value.message.split("\n")] == [
        f"{path}:1",
        f"{path}:3",
    ]


@pytest.mark.parametrize("content", [b"", b"# nothing yet\n", b'{"corpus": "docs"}\n'])
def test_an_empty_set_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_bytes(content)
    with pytest.raises(QuestionSetError, match="holds no question"):
        load_questions(path, TEXTS.get)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match="There is no file"):
        load_questions(tmp_path / "none.jsonl", TEXTS.get)
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(QuestionSetError, match="not UTF-8"):
        load_questions(tmp_path / "bytes.jsonl", TEXTS.get)


def test_what_shows_a_gold() -> None:
    sentence = Gold(Place("a", 100, 200), "")
    assert sentence.shown_by(Place("a", 150, 400)), "half of its characters"
    assert not sentence.shown_by(Place("a", 151, 400))
    assert sentence.shown_by(Place("a", 120, 130)), "wholly inside it"
    assert not sentence.shown_by(Place("b", 100, 200))
    short = Gold(Place("a", 100, 104), "1975", share=1.0)
    assert short.shown_by(Place("a", 90, 120))
    assert not short.shown_by(Place("a", 100, 103)), "an answer has to be there whole"


def beir_folder(folder: Path, *, title: str = "Dams") -> Path:
    documents = [
        {"_id": "d/1", "title": title, "text": "The dam broke in 1975."},
        {"_id": "d 2", "title": "", "text": "It broke in 1976."},
    ]
    questions = [
        {"_id": "q1", "text": "When did it break?", "answerable": True,
         "answers": [{"corpus_id": "d/1", "start": 17, "text": "1975"}]},
        {"_id": "q2", "text": "Who broke it?", "answerable": False, "history": ["When?"]},
        {"_id": "q3", "text": "When, again?"},
        {"_id": "q4", "text": "Of another split"},
    ]  # fmt: skip
    for name, lines in (("corpus.jsonl", documents), ("queries.jsonl", questions)):
        (folder / name).write_text("".join(json.dumps(each) + "\n" for each in lines), "utf-8")
    (folder / "qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td/1\t1\nq3\td 2\t2\n", "utf-8"
    )
    return folder


@pytest.mark.parametrize("title", ["Dams", ""])
def test_beir_documents_become_files_and_answers_offsets(
    tmp_path: Path, settings: Settings, title: str
) -> None:
    folder = beir_folder(tmp_path, title=title)
    root = corpora.beir_corpus(folder, settings).root
    assert root is not None
    texts = {path.name: path.read_text("utf-8") for path in root.iterdir()}
    assert set(texts) == {"d%2F1.txt", "d 2.txt"}
    first, second, third = beir.load_beir(folder, texts.get).questions
    place = first.gold[0].place
    assert texts[place.path][place.start : place.end] == "1975"
    assert first.relevant == {"d%2F1.txt": 1}
    assert (second.answerable, second.gold, second.history) == (False, (), ("When?",))
    assert third.gold[0].place == Place("d 2.txt", 0, 17), "judged by document: all of it"


def test_beir_mistakes_are_told_with_their_line(tmp_path: Path) -> None:
    folder = beir_folder(tmp_path)
    (folder / "qrels.tsv").write_text("q1\td/1\tmuch\nq3\tnowhere\t1\n", "utf-8")
    with pytest.raises(QuestionSetError) as caught:
        beir.load_beir(folder, TEXTS.get)
    assert f"{folder / 'qrels.tsv'}:1: " in caught.value.message
    assert (
        f"{folder / 'qrels.tsv'}:2: corpus.jsonl holds no document nowhere" in caught.value.message
    )
    (folder / "qrels.tsv").unlink()
    with pytest.raises(QuestionSetError, match=r"There is no qrels\.tsv"):
        beir.load_beir(folder, TEXTS.get)


def test_beir_needs_a_corpus(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(QuestionSetError, match=r"There is no corpus\.jsonl"):
        corpora.beir_corpus(tmp_path, settings)
    with pytest.raises(QuestionSetError, match="There is no folder"):
        corpora.beir_corpus(tmp_path / "none", settings)


def test_debian_files_of_another_version_are_refused(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(CorpusError, match="is not there") as caught:
        corpora.debian_corpus(settings, tmp_path)
    assert "doc-debian" in caught.value.hint
    import gzip

    (tmp_path / "constitution.txt.gz").write_bytes(gzip.compress(b"We the people"))
    with pytest.raises(CorpusError, match="not the version"):
        corpora.debian_corpus(settings, tmp_path)


def test_a_started_set_loads_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "mine.jsonl"
    count = start(SEEDS, target)
    named = named_corpus(target)
    assert named is not None
    assert named.resolve() == SEEDS
    questions = load_questions(target, lambda path: read_document(SEEDS, path).text).questions
    assert len(questions) == count
    assert {question.answerable for question in questions} == {True, False}
    with pytest.raises(QuestionSetError, match="There already is"):
        start(SEEDS, target)
    with pytest.raises(UsageError, match="inside the folder"):
        start(SEEDS, SEEDS / "mine.jsonl")
