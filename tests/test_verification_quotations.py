"""Finding the quotations in a draft."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.verification import find_quotations

HOSTILE = "ab s.,!?-\n\r\t\"'“”„‟‘’‚«»‹›>`*_[]()<^:é\u0301\u00a0\u200b\u202e\x1b\0🚓ש…—\\"


def found(draft: str) -> list[tuple[str, str]]:
    return [(quotation.kind, quotation.text) for quotation in find_quotations(draft)]


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ('He said "straight words" twice.', [("straight", "straight words")]),
        ("He said “curly words”.", [("curly", "curly words")]),
        ("“mixed marks\" and \"others”", [("curly", "mixed marks"), ("straight", "others")]),
        ("as from the “far-right“, he said", [("curly", "far-right")]),
        ("„so steht es“ dort", [("low-high", "so steht es")]),
        ("»so auch« hier", [("guillemets", "so auch")]),
        ("il dit « le mot\u00a0» ici", [("guillemets", "le mot")]),
        ("han sa ”inga skäl” då", [("curly", "inga skäl")]),
        ("‘single curly words’, he said", [("single", "single curly words")]),
        ("the report's 'clear words' here", [("straight single", "clear words")]),
        ("(“in brackets”)—“a dash”", [("curly", "in brackets"), ("curly", "a dash")]),
        ("*“emphasised”* **\"bold\"**", [("curly", "emphasised"), ("straight", "bold")]),
        ("“…with dots”, \"... and\"", [("curly", "…with dots"), ("straight", "... and")]),
        ('"I was going to—" he said', [("straight", "I was going to—")]),
    ],
)  # fmt: skip
def test_finds_every_style(draft: str, expected: list[tuple[str, str]]) -> None:
    assert found(draft) == expected


@pytest.mark.parametrize(
    "draft",
    [
        "The officers’ notes weren’t read; it’s the watchdog's view, and James' too.",
        "The '90s, the ’90s and the ‘90s; 'tis rock 'n' roll, 'em all; dogs' tails aren't.",
        'A 6" pipe, 5\'10" tall.',
        'Empty: "" and “” and " ".',
        '`a "code span"` and ``two “ticks” here``',
        '```\n"a fence"\n```\n\n~~~ text\n“another”\n~~~',
        '<a title="an attribute here">x</a> <!-- "a comment" -->',
        "[a link](http://example.org \"with a title\")\n\n[1]: http://example.org 'another title'",
        '---\ntitle: "in front matter"\n---\nText.',
        "> [!NOTE]\n> This box is no quotation.",
    ],
)
def test_leaves_alone_what_is_no_quotation(draft: str) -> None:
    assert found(draft) == []


def test_apostrophes_inside_single_quotations_do_not_end_them() -> None:
    draft = "It was ‘never brought to the officers’ attention’, and it’s the officers’ fault."
    assert found(draft) == [("single", "never brought to the officers’ attention")]
    assert found("‘They weren’t told’, he said.") == [("single", "They weren’t told")]
    assert found("‘named perpetrators’ of it") == [("single", "named perpetrators")]


def test_the_outer_of_nested_quotations_counts() -> None:
    assert found("“told ‘you cannot pursue them’ then”") == [
        ("curly", "told ‘you cannot pursue them’ then")
    ]
    assert found("‘He said “no” to us’ again") == [("single", "He said “no” to us")]
    assert found("“a “b c” d” and “e”") == [("curly", "a “b c” d"), ("curly", "e")]
    assert found('"He said "no" to us" and "more"') == [
        ("straight", 'He said "no" to us'), ("straight", "more"),
    ]  # fmt: skip


def test_a_quotation_over_several_paragraphs_is_one() -> None:
    draft = "“First part.\n\n“Second part.\n\n“Third part.” He left.\n\nAnd “another one”."
    quotations = find_quotations(draft)
    assert [q.text for q in quotations] == [
        "First part.\n\nSecond part.\n\nThird part.", "another one",
    ]  # fmt: skip
    assert draft[quotations[0].start : quotations[0].end] == draft[1 : draft.index("” He")]
    assert quotations[1].line == 7


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_block_quote_is_found_without_its_markers(newline: str) -> None:
    draft = newline.join(["Text.", "", "> One", "> > two", ">", "> “three”.", "> — A. Speaker"])
    (quotation,) = find_quotations(draft)
    assert quotation.kind == "block"
    assert quotation.text == newline.join(["One", "two", "", "“three”."])
    assert quotation.line == 3
    assert draft[quotation.start :].startswith("One")
    assert draft[: quotation.end].endswith("“three”.")


def test_footnotes_may_quote_and_footnote_marks_do_not_disturb() -> None:
    draft = '“The words.”[^1] And "more".[^2]\n\n[^1]: See “the note”.'
    assert [text for _, text in found(draft)] == ["The words.", "more", "the note"]


def test_an_unclosed_quotation_goes_to_the_end_of_its_paragraph() -> None:
    draft = "He said: “We were told.\n\nNext “one here”."
    first, second = find_quotations(draft)
    assert (first.text, first.closed) == ("We were told.", False)
    assert (second.text, second.closed) == ("one here", True)
    # Of two opening marks and one closing mark, the first is not taken for nested.
    assert found("“We said, and then “they said.” End.")[0][1].startswith("We said")


@given(st.text(HOSTILE, max_size=120))
def test_any_draft_is_read_and_every_range_is_true(draft: str) -> None:
    quotations = find_quotations(draft)
    assert list(quotations) == sorted(quotations, key=lambda quotation: quotation.start)
    for quotation in quotations:
        shown = draft[quotation.start : quotation.end]
        assert quotation.text
        assert quotation.line == len(re.findall(r"\r\n|\r|\n", draft[: quotation.start])) + 1
        if not re.search(r"[\r\n]", shown):
            assert quotation.text == shown
        left = iter(shown)
        assert all(letter in left for letter in quotation.text)


PAIRS = ["“”", '""', "‘’", "„“", "«»", "»«", "''"]
WORDS = ["we", "were", "told", "1,400", "it", "don’t"]


@given(
    st.sampled_from(PAIRS),
    st.lists(st.sampled_from(WORDS), min_size=3, max_size=9),
    st.sampled_from(["He said ", "", "(", "— ", "one\ntwo "]),
    st.sampled_from([" he said.", ", then", "", ").", "; more", "\n\nNext."]),
)  # fmt: skip
def test_words_between_any_marks_are_found(
    marks: str, words: list[str], before: str, after: str
) -> None:
    text = " ".join(words)
    (quotation,) = find_quotations(before + marks[0] + text + marks[1] + after)
    assert (quotation.text, quotation.start) == (text, len(before) + 1)


@pytest.mark.parametrize("unit", ["“a ", "‘a ", "'a b ", "> ", "`a ", "<!-- ", "\n\n“a"])
def test_a_draft_made_to_be_slow_is_not(unit: str) -> None:
    started = time.process_time()
    find_quotations(unit * 10_000)
    assert time.process_time() - started < 5
