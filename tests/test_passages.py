"""Sentences and passages: aligned, complete, within the window; furniture told by signs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval import Document
from retrieval.blocks import blocks
from retrieval.furniture import furniture_weights
from retrieval.passages import cut_passages
from retrieval.reading import read_document
from retrieval.sentences import sentence_spans
from tests.conftest import SEEDS


def count(texts: object) -> list[int]:
    """Count words: a tokenizer simple enough to reason about."""
    return [len(text.split()) for text in texts]  # type: ignore[attr-defined]


def document(text: str) -> Document:
    return Document("a.txt", "a.txt", "0" * 64, "utf-8", 0.0, text)


def sentences(text: str) -> list[str]:
    return [
        text[a:b] for block in blocks(text) for a, b in sentence_spans(text, block.start, block.end)
    ]


def test_statements_inside_quotation_marks_are_split() -> None:
    text = (
        "He said: “We looked. We found nothing.” She left, “I think.” "
        "Dr. Smith of the U.S. Embassy came."
    )
    assert sentences(text) == [
        "He said: “We looked.",
        "We found nothing.”",
        "She left, “I think.”",
        "Dr. Smith of the U.S. Embassy came.",
    ]


def test_a_wrapped_paragraph_is_one_block_and_a_list_is_not() -> None:
    text = (
        "This is a hard wrapped paragraph of plain text which\r\n"
        "goes on for several lines, as in a README file.\r\n"
        "\r\n"
        "- first item\r\n- second item\r\nShare.\r\nLeave a reply\r\n"
    )
    assert [text[b.start : b.end] for b in blocks(text)] == [
        "This is a hard wrapped paragraph of plain text which\r\n"
        "goes on for several lines, as in a README file.",
        "- first item",
        "- second item",
        "Share.",
        "Leave a reply",
    ]


hostile = st.text(
    alphabet=st.sampled_from(
        "abA. é\u00a0\u0301\u202e😀\r\n\t\x1b[]“”‘’\"'!?,:#-*>|`\u2028\x85\u3002日"
    ),
    max_size=300,
)


@settings(max_examples=300, deadline=None)
@given(hostile, st.integers(3, 12))
def test_passages_cover_the_text_in_order_without_cutting_a_word(text: str, window: int) -> None:
    passages = cut_passages(document(text), count, window, target=window)
    position = 0
    for passage in passages:
        assert position <= passage.start < passage.end <= len(text)
        assert not text[position : passage.start].strip()
        assert [s.start for s in passage.sentences][0] == passage.start
        assert passage.sentences[-1].end == passage.end
        before, first = text[passage.start - 1 : passage.start], text[passage.start]
        assert not (before.isalnum() and first.isalnum() and before.isascii() and first.isascii())
        position = passage.end
    assert not text[position:].strip()


def test_passages_fit_the_window() -> None:
    for path in sorted(SEEDS.glob("*.txt")):
        for passage in cut_passages(read_document(SEEDS, path.name), count, window=60, target=40):
            assert count([passage_text(path.name, passage.start, passage.end)])[0] <= 60


def passage_text(name: str, start: int, end: int) -> str:
    return read_document(SEEDS, name).text[start:end]


def test_a_sentence_longer_than_the_window_is_cut_between_words() -> None:
    text = " ".join(f"word{i}" for i in range(100)) + "."
    passages = cut_passages(document(text), count, window=7, target=5)
    assert len(passages) == 15
    assert " ".join(text[p.start : p.end] for p in passages) == text


def test_a_heading_opens_a_passage() -> None:
    root = SEEDS.parent / "docs"
    found = read_document(root, "design.md")
    starts = {passage.start for passage in cut_passages(found, count, window=200, target=100)}
    assert {section.start for section in found.sections} <= starts


def test_furniture_is_told_by_signs() -> None:
    body = (
        "The inquiry found that the police had not recorded the crimes that were reported to them."
    )
    texts = [
        "Most Read",
        body,
        "|AGENCY",
        body,
        "Name (top left) and another (bottom right) at the meeting",
        "Minutes were kept",
        body,
        "Share.",
        "Leave A Reply",
    ]
    weights = furniture_weights(texts, [False] * len(texts))
    assert weights == [1.0, 0.25, 1.0, 0.0, 0.25, 1.0, 0.0, 1.0, 1.0]
    assert furniture_weights(["Most Read", body], [True, False]) == [0.0, 0.0]


def test_furniture_of_the_sample_corpus_is_found() -> None:
    found = set()
    for path in sorted(SEEDS.glob("*.txt")):
        item = read_document(SEEDS, path.name)
        texts = [item.text[b.start : b.end] for b in blocks(item.text)]
        weights = furniture_weights(texts, [text == item.title for text in texts])
        found |= {text for text, weight in zip(texts, weights, strict=True) if weight}
        body = [weight for text, weight in zip(texts, weights, strict=True) if len(text) > 250]
        assert not any(weight == 1.0 for weight in body)
    assert {"Don't Miss", "Read the full article here", "|GETTY", "Leave a comment"} <= found
