"""The words that only one of two sentences has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval import own_words
from retrieval.cli.render import answer_text
from retrieval.retriever import Retriever

_TEXTS = st.lists(
    st.sampled_from(["Three", "two", "officers", "’", "e\u0301", "moved", "on 3 May.", "\n", "🦉"])
).map(" ".join)


def test_own_words_are_slices_and_the_rest_is_shared() -> None:
    one = "Three of the four officers, he said, were moved on 3 May."
    other = "Two of the four OFFICERS were moved on 3 May last year, he’d said."
    assert [one[a:b] for a, b in own_words(one, other)] == ["Three", "he said"]
    assert [other[a:b] for a, b in own_words(other, one)] == ["Two", "last year, he’d said"]


@given(_TEXTS, _TEXTS)
def test_no_words_are_own_among_the_same(one: str, other: str) -> None:
    assert own_words(one, one) == []
    slices = own_words(one, other)
    assert all(0 <= start < end <= len(one) for start, end in slices)
    assert all(a[1] <= b[0] for a, b in zip(slices, slices[1:], strict=False))
    cut = one
    for start, end in reversed(slices):
        cut = cut[:start] + " " + cut[end:]
    assert own_words(cut, other) == []


def test_the_words_that_differ_stand_under_a_near_repeat(seeds: Retriever) -> None:
    answer = seeds.ask("Whose complaint led to the IOPC report?")
    whole = next(evidence for evidence in answer.evidence if evidence.near)
    other = whole.near[0].quote
    told = answer_text(answer, str, color=False)
    for heading, one, two in (
        ("its own words:", other, whole.quote),
        ("without:", whole.quote, other),
    ):
        for start, end in own_words(one, two):
            assert heading in told
            assert f"“{one[start:end]}”" in told
