"""Searching and asking through Python: the edges of the contract."""

from __future__ import annotations

import threading

import pytest

from retrieval import Answer, Retriever, Where
from retrieval.errors import QuestionError, UsageError
from retrieval.followups import leans, understand

LINDEN = "Who was the highest-ranking officer investigated under Operation Linden?"


@pytest.mark.parametrize("k", [-1, 0, 1, 7, 10_000])
def test_any_k_is_clamped(seeds: Retriever, k: int) -> None:
    hits = seeds.search("police", k)
    assert len(hits) == min(max(k, 0), seeds.info.passages)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert seeds.ask("police", k=k).evidence


def test_scores_are_named(seeds: Retriever) -> None:
    hit = seeds.search(LINDEN, 1)[0]
    assert set(hit.scores) == {"dense", "sentence", "lexical"}
    assert hit.passage.text == hit.passage.document.text[hit.passage.start : hit.passage.end]


def test_a_phrase_is_found_wherever_it_stands(seeds: Retriever) -> None:
    hits = seeds.search('"Operation Linden"', 100)
    held = [
        passage
        for row in range(seeds.info.passages)
        for passage in seeds.snapshot.passages(row)
        if "Operation Linden" in passage.text
    ]
    assert len(hits) == len(held)
    assert seeds.search('"Operation Linden" "Hillsborough"') == []
    assert seeds.ask("“Operation Lindern”").status == "not_found"


def test_a_filter_is_a_glob_or_a_date(seeds: Retriever) -> None:
    for where in ("003*", ["003*"], {"paths": "003*"}, Where(("003*",))):
        paths = {hit.passage.document.path for hit in seeds.search("police", 50, where=where)}
        assert paths == {"003_e60e8bc3f713d679.txt"}
    assert seeds.search("police", where={"after": "2999-01-01"}) == []
    assert len(seeds.search("police", 99, where={"before": "2999-01-01"})) == seeds.info.passages
    with pytest.raises(UsageError, match="'path'"):
        seeds.search("police", where={"path": "x"})
    conversation = seeds.conversation(where="001*")
    assert conversation.ask("police").searched.documents == 1


def test_history_and_conversation_give_the_same(seeds: Retriever) -> None:
    asked = ["Who is Jayne Senior?", "When did she complain?", "Why?", "What is Operation Amazon?"]
    conversation = seeds.conversation()
    for number, question in enumerate(asked):
        said = conversation.ask(question).to_dict(timings=False)
        assert said == seeds.ask(question, history=asked[:number]).to_dict(timings=False)
    assert conversation.history == tuple(asked)
    assert [answer.question for answer in conversation.answers] == asked


def test_what_was_carried_is_what_was_searched() -> None:
    alone = understand("Who led it?", [])
    assert (alone.text, alone.carried) == ("Who led it?", ())
    chain = understand("And why?", ["Who is Jayne Senior?", "When did she complain?"])
    assert [carried.turn for carried in chain.carried] == [1, 2]
    assert chain.text == "Who is Jayne Senior? When did she complain? And why?"
    assert sum(weight for _, weight in chain.parts) == pytest.approx(1.0)
    assert understand("Who?", ["?!", "  ", ""]).carried == ()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Why?", True),
        ("And the year before?", True),
        ("Who said that?", True),
        ("What did she say?", True),
        ("What did Operation Linden cost the South Yorkshire Police?", False),
        ("When was the Independent Office for Police Conduct report published?", False),
    ],
)
def test_a_question_that_leans_is_told(question: str, expected: bool) -> None:
    assert leans(question) is expected


@pytest.mark.parametrize("text", ["", " \n", "?!", "x" * 10_001, "a\x00b", "a\ud800b"])
def test_what_cannot_be_asked_is_refused(seeds: Retriever, text: str) -> None:
    with pytest.raises(QuestionError):
        seeds.ask(text)
    with pytest.raises(QuestionError):
        seeds.search_many(["fine", text])


def test_hostile_history_is_refused_or_ignored(seeds: Retriever) -> None:
    assert seeds.ask("police", history=["", "?!"]).carried == ()
    with pytest.raises(QuestionError):
        seeds.ask("police", history=["x" * 10_001])


def test_repeated_words_are_one_evidence(seeds: Retriever) -> None:
    answer = seeds.ask("What happened where individual failings were identified?")
    shared = next(e for e in answer.evidence if e.quote.startswith("Where individual failings"))
    assert sorted(c.path[:3] for c in shared.citations) == ["000", "001"]


def test_nearly_repeated_words_hang_under_the_first(seeds: Retriever) -> None:
    answer = seeds.ask("Whose complaint led to the IOPC report?")
    whole = next(e for e in answer.evidence if "Jayne Senior, who helped bring to light" in e.quote)
    assert len(whole.near) == 1
    near = whole.near[0]
    assert near.quote != whole.quote
    assert {"youth services manager" in quote for quote in (near.quote, whole.quote)} == {
        True,
        False,
    }
    assert near.citations[0].state == "verified"
    assert all(near.quote != evidence.quote for evidence in answer.evidence)


def test_page_furniture_does_not_win(seeds: Retriever) -> None:
    for question in (
        "What is the most read story?",
        "How do I leave a comment?",
        "Who shares this?",
    ):
        quotes = [evidence.quote for evidence in seeds.ask(question).evidence]
        assert not {"Most Read", "Leave a comment", "Share.", "Leave A Reply"} & set(quotes[:1])


def test_threads_share_a_retriever(seeds: Retriever) -> None:
    expected = seeds.ask(LINDEN).to_dict(timings=False)
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(seeds.ask(LINDEN))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.to_dict(timings=False) for answer in answers] == [expected] * 6
