"""Checking saved answers again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.citing import cite
from retrieval.errors import VerificationInputError
from retrieval.records import (
    Answer,
    Document,
    Evidence,
    IndexInfo,
    Passage,
    RelatedQuote,
    Searched,
    Skipped,
)
from retrieval.verification import (
    SavedCheck,
    answers_report,
    check_saved,
    is_answers,
    read_answers,
    to_markdown,
    to_text,
)

TEXT = (
    "A first line.\r\nThe inquiry cost 4,200 pounds. It ended in May.\r\nThe inquiry cost little.\n"
)
QUOTE = "The inquiry cost 4,200 pounds."


def document(text: str, path: str = "a.txt") -> Document:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Document(path, path, sha256, "utf-8", 0.0, text, len(text))


def answer(source: Document, quote: str = QUOTE) -> dict[str, Any]:
    start = source.text.index(quote)
    citation = cite(source, start, start + len(quote))
    evidence = Evidence(
        quote=quote,
        passage=Passage(source, 0, len(source.text)),
        score=0.9,
        citations=(citation,),
        near=(RelatedQuote("It ended in May.", (cite(source, source.text.index("It"), 62),)),),
    )
    return Answer(
        "What did it cost?", "What did it cost?", (), "answered", 0.9, (evidence,),
        Searched(1, 1, 0), IndexInfo("f", "m", 1),
    ).to_dict()  # fmt: skip


def checks(saved: Any, *documents: Document, skipped: tuple[Skipped, ...] = ()) -> list[SavedCheck]:  # noqa: ANN401
    found = {one.path: one for one in documents}
    citations = read_answers(json.dumps(saved), "answer.json")
    result = list(check_saved(citations, found.get, documents, skipped))
    for check in result:
        if check.citation:
            text = found[check.citation.path].text
            assert text[check.citation.start : check.citation.end] == check.saved.quote
    return result


def test_an_unchanged_file_is_verified() -> None:
    source = document(TEXT)
    result = checks(answer(source), source)
    assert [(one.saved.role, one.verdict) for one in result] == [
        ("evidence", "verified"), ("near", "verified"),
    ]  # fmt: skip
    assert result[0].citation
    assert result[0].citation.line_start == 2


def test_words_that_stand_elsewhere_in_the_file_have_moved() -> None:
    saved = answer(document(TEXT))
    moved = checks(saved, document("More.\n" + TEXT))[0]
    assert (moved.verdict, moved.occurrences, moved.failed) == ("moved", 1, False)
    stayed = checks(saved, document(TEXT + "More.\n"))[0]
    assert stayed.verdict == "moved"
    assert stayed.citation
    assert stayed.citation.start == stayed.saved.start


def test_of_several_places_the_one_with_the_old_surroundings_is_taken() -> None:
    saved = answer(document(TEXT))
    changed = f"{QUOTE} Elsewhere. {QUOTE}\n\n{TEXT}{QUOTE}"
    moved = checks(saved, document(changed))[0]
    assert (moved.verdict, moved.occurrences) == ("moved", 4)
    assert moved.citation
    assert moved.citation.start == changed.index(TEXT) + TEXT.index(QUOTE)


def test_changed_words_are_set_against_what_stands_there() -> None:
    saved = answer(document(TEXT))
    other = document(f"Copy: {QUOTE}", "b.txt")
    changed = checks(saved, document(TEXT.replace("4,200", "4,300")), other)[0]
    assert (changed.verdict, changed.failed) == ("changed", True)
    assert changed.nearest
    steps = [s for s in changed.nearest.differences if s.op != "equal"]
    assert [(s.draft.strip(), s.source.strip()) for s in steps] == [("4,200", "4,300")]
    assert [citation.path for citation in changed.elsewhere] == ["b.txt"]


def test_a_missing_file_is_told_with_other_places() -> None:
    saved = answer(document(TEXT))
    missing = checks(saved, document(f"Renamed: {QUOTE}", "b.txt"))[0]
    assert (missing.verdict, missing.failed) == ("missing", True)
    assert [citation.path for citation in missing.elsewhere] == ["b.txt"]
    unread = checks(saved, skipped=(Skipped("a.txt", "binary"),))[0]
    assert "binary" in unread.notes[0]


def test_an_altered_answer_is_found_out() -> None:
    source = document(TEXT)
    saved = answer(source)
    saved["evidence"][0]["quote"] = "The inquiry cost 9,900 pounds."
    altered = checks(saved, source)[0]
    assert altered.verdict == "changed"
    assert "saved answer has" in altered.notes[0]
    saved = answer(source)
    saved["evidence"][0]["citations"][0]["start"] += 1
    assert checks(saved, source)[0].verdict == "moved"


def test_one_answer_an_array_and_lines_are_read() -> None:
    one = answer(document(TEXT))
    line = json.dumps(one)
    assert len(read_answers(line, "a.json")) == 2
    assert len(read_answers(json.dumps(one, indent=2), "a.json")) == 2
    assert [c.answer for c in read_answers(json.dumps([one, one]), "a.json")] == [1, 1, 2, 2]
    assert [c.answer for c in read_answers(f"{line}\r\n\n{line}\n", "a.jsonl")] == [1, 1, 2, 2]
    assert read_answers("\ufeff[]", "a.json") == ()
    nothing = {"schema": 1, "evidence": [], "status": "not_found"}
    assert read_answers(json.dumps(nothing), "a.json") == ()


def test_answers_are_told_from_drafts() -> None:
    line = json.dumps(answer(document(TEXT)))
    assert is_answers("answer.JSON", "broken")
    assert is_answers("-", line)
    assert is_answers("-", f" [\n{line}]")
    assert not is_answers("draft.md", "[a link](x) and “words”")
    assert not is_answers("-", '{"title": "a draft that begins oddly"} “schema”')


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda a: a.pop("schema"), 'answer.json has no "schema".'),
        (lambda a: a.update(schema=2), "schema version 2"),
        (lambda a: a.update(schema=True), '"schema" is not a whole number'),
        (lambda a: a.pop("evidence"), 'has no "evidence"'),
        (lambda a: a.update(evidence={}), '"evidence" is not a list'),
        (lambda a: a["evidence"].append(3), '"evidence" 2 is not an object'),
        (lambda a: a["evidence"][0].pop("quote"), '"evidence" 1 has no "quote"'),
        (lambda a: a["evidence"][0].update(quote=None), '"quote" is not text'),
        (lambda a: a["evidence"][0].pop("citations"), 'has no "citations"'),
        (lambda a: a["evidence"][0].update(near=5), '"near" is not a list'),
        (lambda a: a["evidence"][0]["near"][0].pop("citations"), '"near" 1 has no "citations"'),
        (lambda a: a["evidence"][0]["citations"][0].update(start="1"), '"start" is not a whole'),
        (lambda a: a["evidence"][0]["citations"][0].update(start=1.5), '"start" is not a whole'),
        (lambda a: a["evidence"][0]["citations"][0].update(start=-1), "are no range"),
        (lambda a: a["evidence"][0]["citations"][0].update(end=0), "are no range"),
        (lambda a: a["evidence"][0]["citations"][0].pop("sha256"), 'has no "sha256"'),
    ],
)
def test_wrong_json_is_refused_by_name(
    spoil: Callable[[dict[str, Any]], object], message: str
) -> None:
    saved = answer(document(TEXT))
    spoil(saved)
    with pytest.raises(VerificationInputError) as refused:
        read_answers(json.dumps(saved), "answer.json")
    assert message in refused.value.message
    assert "answer.json" in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../a.txt", "x/../../a.txt", "C:\\a.txt", "\\\\host\\a", "..\\a", "", "a\0"],
)
def test_paths_out_of_the_corpus_are_refused(path: str) -> None:
    saved = answer(document(TEXT))
    saved["evidence"][0]["citations"][0]["path"] = path
    with pytest.raises(VerificationInputError, match="out of the corpus"):
        read_answers(json.dumps(saved), "answer.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: the JSON ends too early"),
        ('{"schema": 1, "evidence": [', "the JSON ends too early"),
        ('{"schema": 1,\n oops}', "line 2, column 2: this is not JSON"),
        ('{"schema": 1, "evidence": []}\n{"schema": 1, "evi', "line 2, column"),
        ("17", "is not an object"),
        ("[1]", "answer 1 is not an object"),
        ("[" * 100_000, "nested too deeply"),
        ('{"schema": ' + "9" * 5000 + "}", "too large"),
    ],
)
def test_what_is_no_json_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(VerificationInputError) as refused:
        read_answers(text, "answer.json")
    assert message in refused.value.message


@given(st.integers(0, 1200), st.sampled_from(['"', "}", "null", "0", "[", "\\", "\ud800", ""]))
def test_any_damage_is_refused_or_read(at: int, put: str) -> None:
    text = json.dumps(answer(document(TEXT)))
    source = document(TEXT)
    for damaged in (text[:at], text[:at] + put + text[at + 1 :]):
        try:
            citations = read_answers(damaged, "answer.json")
        except VerificationInputError:
            continue
        check_saved(citations, {"a.txt": source}.get, [source])


def test_the_report_counts_and_renders() -> None:
    saved = answer(document(TEXT))
    changed = document(TEXT.replace("4,200", "4,300"))
    report = answers_report("answer.json", checks(saved, changed), 1)
    assert report.summary == "2 citations: 1 moved, 1 changed"
    assert not report.passed
    assert report.to_dict()["counts"] == {"verified": 0, "moved": 1, "changed": 1, "missing": 0}
    assert json.dumps(report.to_dict())
    assert "The inquiry cost [-4,200-]{+4,300+} pounds" in to_text(report)
    assert "answer 1, evidence 1: changed" in to_markdown(report)
    assert answers_report("answer.json", [], 1).passed
