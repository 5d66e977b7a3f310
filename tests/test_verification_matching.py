"""Looking quotations up in documents."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.citing import cite
from retrieval.records import Document
from retrieval.verification import (
    Finding,
    Quotation,
    draft_report,
    find_quotations,
    look_up,
    to_markdown,
    to_text,
)
from retrieval.verification.folding import fold
from retrieval.verification.rendering import marked
from retrieval.verification.sources import Source
from retrieval.verification.words import count_words

SEEDS = Path(__file__).resolve().parent.parent / "seeds"


def document(text: str, path: str = "a.txt", encoding: str = "utf-8") -> Document:
    sha256 = hashlib.sha256(text.encode(encoding)).hexdigest()
    return Document(path, path, sha256, encoding, 0.0, text, len(text))


def seeds() -> list[Document]:
    return [document(p.read_bytes().decode(), p.name) for p in sorted(SEEDS.glob("*.txt"))]


SEED_DOCUMENTS = seeds()


def quoted(words: str) -> Quotation:
    return Quotation(words, 0, len(words), 1, "curly")


def check(words: str, *documents: Document, min_words: int = 3) -> Finding:
    (finding,) = look_up([quoted(words)], documents or SEED_DOCUMENTS, min_words=min_words)
    texts = {one.path: one.text for one in documents or SEED_DOCUMENTS}
    for place in finding.places:
        citation = place.citation
        assert place.quote == texts[citation.path][citation.start : citation.end]
    if finding.nearest:
        citation, steps = finding.nearest.citation, finding.nearest.differences
        assert finding.nearest.quote == texts[citation.path][citation.start : citation.end]
        assert finding.nearest.quote == "".join(step.source for step in steps)
    return finding


def changes(finding: Finding) -> list[tuple[str, str]]:
    assert finding.nearest
    steps = finding.nearest.differences
    return [(s.draft.strip(), s.source.strip()) for s in steps if s.op != "equal"]


# Real documents.


def test_words_in_one_place_are_exact() -> None:
    finding = check("Operation Linden, the review into police officers")
    assert finding.verdict == "exact"
    assert finding.places[0].citation.path.startswith("003_")
    assert finding.places[0].citation.line_start == 10


def test_words_in_several_places_are_ambiguous_and_all_are_listed() -> None:
    finding = check("may have committed a criminal offence")
    assert finding.verdict == "ambiguous"
    assert [place.citation.line_start for place in finding.places] == [14, 26]
    finding = check("in light of “all the failures in Rotherham, I don't think")
    assert finding.verdict == "style"
    finding = check("We were told to focus on junior officers")
    assert [place.citation.path[:3] for place in finding.places] == ["000", "001"]


def test_a_sentence_printed_twice_once_shortened() -> None:
    long = "The IOPC report came after a complaint from youth services manager Jayne Senior"
    assert check(long).verdict == "exact"
    short = "The IOPC report came after a complaint from Jayne Senior, who helped bring to light"
    assert check(short).places[0].citation.line_start == 10
    assert check("who helped bring to light the young girls").verdict == "ambiguous"


@pytest.mark.parametrize(
    ("words", "style"),
    [
        ('what we’ve found is "significant failings"', {"quotation marks"}),
        ("what we've found is significant failings", {"quotation marks"}),
        ("What we’ve found is significant failings", {"first letter"}),
        ("[W]hat we’ve found is significant failings", {"first letter"}),
        ("what we’ve\u00a0found  is\nsignificant\r\nfailings", {"spaces"}),
        ("what we’ve found is sig\u00adnificant failings", {"invisible characters"}),
        ("what we’ve found is *significant* failings", {"emphasis"}),
        ("what we’ve **found is** significant failings[^3]", {"emphasis", "markup"}),
        ("what [we’ve found](http://x.org) is significant failings", {"markup"}),
        ("what we’ve found is significant failings,", {"final stop"}),
        ("what we’ve found is significant …", {"omission mark"}),
        ("force—wide systemic problems", {"dashes"}),
        ("convicted in 2016 — 14 years later", {"dashes"}),
        ("suggesting they should have known what was going on.’", {"quotation marks"}),
        ("significant failings in the way survivors of abuse", {"quotation marks"}),
    ],
)  # fmt: skip
def test_style_is_no_change(words: str, style: set[str]) -> None:
    finding = check(words)
    assert finding.verdict in ("style", "ambiguous")
    assert all(place.how == "style" for place in finding.places)
    assert set(finding.places[0].style) == style


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("only nine officers had a case for misconduct", [("nine", "eight")]),
        ("Nine officers had a case for misconduct", [("Nine", "eight")]),
        ("at least 1,500 young girls between 1997 and 2013", [("1,500", "1,400")]),
        ("at least 1", [("1", "1,400")]),
        ("no police officers were meaningfully punished or dismissed", [("dismissed", "fired")]),
        ("76 percent of the public back an inquiry", [("percent", "per cent")]),
        ("there were 120 allegations in which the officers referred to", [("", "still")]),
        ("the grooming gang scandal was not intentionally covered up", [("not", "")]),
        ("The force acknowledges, and respects the IOPC’s decision", [(",", "")]),
        ("The force acknowledges and respects the IOPC’s Decision", [("Decision", "decision")]),
        ("The force acknowledges and respects the IOPCs decision", [("IOPCs", "IOPC’s")]),
        ("Moreover The force acknowledges and respects the IOPC’s decision", [("Moreover", "")]),
    ],
)
def test_a_changed_word_is_marked(words: str, expected: list[tuple[str, str]]) -> None:
    finding = check(words)
    assert finding.verdict == "changed"
    assert changes(finding) == expected


def test_words_left_out_silently_are_told() -> None:
    finding = check(
        "there was a dedicated investigation which was focused solely on senior officers"
    )
    assert finding.verdict == "changed"
    assert changes(finding) == [("", "within Operation Linden")]
    assert any("left out" in note for note in finding.notes)


def test_words_joined_from_separate_places_are_told() -> None:
    finding = check(
        "We were actively told not to pursue senior officers. I don’t think the failings "
        "have been truly properly investigated."
    )
    assert finding.verdict == "changed"
    assert [place.how for place in finding.places] == ["part", "part"]
    assert any("joined" in note for note in finding.notes)


def test_invented_words_are_absent_and_a_true_half_is_shown() -> None:
    assert check("The minister resigned over lunch on a rainy Tuesday").verdict == "absent"
    finding = check(
        "the second largest in our history, and the most expensive ever seen anywhere in it"
    )
    assert finding.verdict == "absent"
    assert finding.places[0].quote == "the second largest in our history"


@pytest.mark.parametrize(
    ("words", "omitted"),
    [
        ("We identified systemic issues … and gaps in skills and training.", 10),
        ("We identified systemic issues [...] and gaps in skills and training", 10),
        ("We identified . . . lack of professional curiosity … and gaps in skills", 8),
        ("[SYP] failed to protect vulnerable children … and to recognise the scale", 6),
        ("Whether [the] culture was sanctioned at higher up levels", 1),
        ("ignoring CSE [child sexual exploitation],” the whistleblower … “I thought", 1),
    ],
)
def test_marked_omissions_pass(words: str, omitted: int) -> None:
    finding = check(words)
    assert finding.verdict == "elided"
    assert finding.places[0].omitted == omitted
    for place in finding.places:
        assert place.parts == tuple(sorted(place.parts))


def test_omissions_do_not_excuse_changes_order_or_distance() -> None:
    finding = check("We identified systemic issues … and gaps in skill and training")
    assert finding.verdict == "changed"
    assert changes(finding) == [("skill", "skills")]
    swapped = check("gaps in skills and training … We identified systemic issues including")
    assert swapped.verdict == "changed"
    assert [place.how for place in swapped.places] == ["part", "part"]
    far = document(
        "one two three four. " + "filler words go here. " * 400 + "five six seven eight."
    )
    assert check("one two three … six seven eight", far).verdict == "changed"
    near = document(
        "one two three four. " + "filler words go here. " * 40 + "five six seven eight."
    )
    assert check("one two three … six seven eight", near).verdict == "elided"
    assert check("one two three … five", near).verdict == "changed"


def test_an_ellipsis_that_the_source_has_is_exact() -> None:
    words = "We were actively told not to pursue senior officers… It was just largely incompetent."
    assert check(words).verdict == "exact"
    assert check(words.replace("…", " ... ")).verdict == "style"
    bracketed = "were ignoring CSE [child sexual exploitation],” the whistleblower continued."
    assert [place.how for place in check(bracketed).places] == ["exact", "exact"]


def test_short_quotations_are_skipped_unless_asked_for() -> None:
    assert check("significant failings").verdict == "skipped"
    assert check("significant failings", min_words=1).verdict == "ambiguous"
    assert check("toothless", min_words=1).verdict == "exact"
    assert check("spineless", min_words=1).verdict == "absent"


def test_only_whole_words_count() -> None:
    source = document(
        "They came to an arrest in peace talks; the unrest in peacetime cost 1,400.50 pounds."
    )
    assert check("rest in peace", source).verdict == "changed"
    assert check("peacetime cost 1,400", source).verdict == "changed"
    assert check("peacetime cost 1,400.50", source).verdict == "exact"
    assert check("don’t", document("I don’t know it"), min_words=1).verdict == "exact"
    assert check("I don", document("I don’t know it"), min_words=1).verdict != "exact"
    assert check("in cafe", document("in cafe\u0301 now"), min_words=1).verdict != "exact"


def test_compounds_and_figures_are_not_cut() -> None:
    source = document(
        "The share rose to twenty-five per cent. It cost £5 million in 1999-2011, a fall "
        "to -3 degrees, some 76% of it; between 1997–2013 the force — 47 officers — grew."
    )
    for words, shown in [
        ("five per cent", ("", "twenty-")),
        ("5 million in 1999-2011", ("", "£")),
        ("3 degrees, some 76%", ("", "-")),
        ("a fall to -3 degrees, some 76", ("", "%")),
        ("It cost £5 million in 1999", ("", "-2011")),
    ]:
        assert changes(check(words, source)) == [shown]
    for words in ("rose to twenty-five", "2013 the force", "47 officers — grew", "a fall to"):
        assert check(words, source).verdict == "exact"


def test_a_named_document_is_preferred_and_a_wrong_one_is_told() -> None:
    words = "We were told to focus on junior officers"
    drafts = [
        f"He said “{words}” (000_0370fae8f4af25c7.txt, line 14).",
        f"In 000_0370fae8f4af25c7.txt we read “{words}”.",
        f"He said “{words}”.[^a]\n\n[^a]: Article 000_0370fae8f4af25c7.txt.",
        f"> {words}\n\n- `000_0370fae8f4af25c7.txt`, line 14",
        f"> {words}\n> — 000_0370fae8f4af25c7",
    ]
    for draft in drafts:
        (finding,) = look_up(find_quotations(draft), SEED_DOCUMENTS, draft=draft)
        assert finding.verdict == "exact"
        assert finding.places[0].citation.path.startswith("000_")
    wrong = drafts[0].replace("000_0370fae8f4af25c7", "004_3946d1ded365ba1d")
    (finding,) = look_up(find_quotations(wrong), SEED_DOCUMENTS, draft=wrong)
    assert finding.verdict == "ambiguous"
    assert "004_3946d1ded365ba1d.txt" in finding.notes[0]


def test_a_block_quote_wrapped_otherwise_than_its_source() -> None:
    draft = (
        "> In the investigations that we've completed, what we've\n"
        "> found is significant failings.\n>\n"
        "> Those failings that are coming out of those investigations are relating to\n"
        "> information sharing amongst the agencies (004_3946d1ded365ba1d.txt)\n"
    )
    (finding,) = look_up(find_quotations(draft), SEED_DOCUMENTS, draft=draft)
    assert finding.verdict == "style"


def test_citations_agree_with_the_one_owner_of_them() -> None:
    text = "é" * 70_000 + "\r\nthe words that are quoted\r\n" + "ß" * 70_000
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "latin-1"):
        source = document(text, encoding=encoding)
        (place,) = check("the words that are quoted", source).places
        assert place.citation == cite(source, 70_002, 70_027)
        data = source.text.encode(encoding)
        raw = data[place.citation.byte_start : place.citation.byte_end]
        decoded = raw.decode(encoding.replace("-sig", "").replace("16", "16-le"))
        assert decoded == "the words that are quoted"


def test_scripts_without_spaces() -> None:
    source = document("委员会在五月开会，选出了新市长。港口于一九三一年关闭。")
    assert check("选出了新市长", source).verdict == "exact"
    assert changes(check("选出了旧市长", source)) == [("旧", "新")]


def test_no_documents_no_quotations_and_empty_documents() -> None:
    assert look_up([], SEED_DOCUMENTS) == ()
    assert look_up([quoted("some words here")], [])[0].verdict == "absent"
    assert look_up([quoted("some words here")], [document("")])[0].verdict == "absent"
    assert look_up([quoted("?! … —")], SEED_DOCUMENTS, min_words=0)[0].verdict == "absent"


def test_the_report_says_what_was_found() -> None:
    draft = (
        "“any indication of corruption” and “any indication of corruptions”.\n\n"
        '"\x1b[31mnot \u202e in any document" and “\x1b[32mred”'
    )
    findings = look_up(find_quotations(draft), SEED_DOCUMENTS, draft=draft)
    report = draft_report("draft.md", findings, 5)
    assert report.summary == "4 quotations: 1 exact, 1 changed, 1 absent, 1 skipped"
    assert not report.passed
    value = report.to_dict()
    assert value["schema"] == 1
    assert value["counts"]["exact"] == 1
    assert [item["verdict"] for item in value["items"]] == ["exact", "changed", "absent", "skipped"]
    text, shown = to_text(report), to_text(report, terminal=True)
    assert "[-corruptions-]{+corruption+}" in text
    assert "\x1b" in text
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "Not passed: line 1, line 3." in text
    assert draft_report("draft.md", (), 5).passed


def test_markdown_cannot_be_broken_out_of() -> None:
    draft = "“words with ``` a fence\n```\nand `ticks` nowhere”"
    report = draft_report("a`b.md", look_up([quoted(draft[1:-1])], SEED_DOCUMENTS), 5)
    assert "````text\nwords with ``` a fence\n```\nand `ticks` nowhere\n````" in to_markdown(report)
    assert "`` a`b.md ``" in to_markdown(report)


# Any document.

WORDS = ["alpha", "beta", "the", "of", "don’t", "1,400", "lower-ranking", "café", "Üben", "IOPC"]
HOSTILE = [
    *WORDS, "“quoted”", "‘so’", "*em*", "snake_case", "…", "...", "—", "-", ">", "«\u00a0b\u00a0»",
    "\x1b[31m", "\u202eabc", "\u200b", "in\u00advestigate", "cafe\u0301", "ﬁnd", "İst", "🚓\u200d♀️",
    "שלום", "[sic]", "(x)", "的人民", "U.S.", "’tis", "?", ".”", "’.”", "[^1]", "<b>", "\\*",
    "`c`", "\0",
]  # fmt: skip
GAPS = [" ", " ", " ", "  ", "\n", "\r\n", "\n\n", "\r", "\u00a0", "\t", "\u2028", ""]


def texts(words: list[str]) -> st.SearchStrategy[str]:
    """Documents of words and gaps; drawn as bytes, which is quick."""
    return st.binary(min_size=6, max_size=50).map(
        lambda drawn: (
            "".join(
                words[one % len(words)] + GAPS[two % len(GAPS)]
                for one, two in zip(drawn[::2], drawn[1::2], strict=False)
            )
            + " alpha beta the"
        )
    )


def slices(words: list[str]) -> st.SearchStrategy[tuple[str, int, int]]:
    """A document, and start and end of some whole words in it."""
    return st.tuples(texts(words), st.integers(0, 255), st.integers(0, 255)).map(_slice)


def _slice(drawn: tuple[str, int, int]) -> tuple[str, int, int]:
    text, first, length = drawn
    chunks = [chunk.span() for chunk in re.finditer(r"\S+", text)]
    first %= len(chunks)
    last = first + length % (len(chunks) - first)
    start, end = chunks[first][0], chunks[last][1]
    if count_words(fold(text[start:end]).text) < 3:
        start, end = chunks[0][0], len(text)
    return text, start, end


@settings(max_examples=300)
@given(slices(HOSTILE))
def test_a_slice_of_any_document_is_found_where_it_stands(taken: tuple[str, int, int]) -> None:
    text, start, end = taken
    finding = check(text[start:end], document(text))
    assert finding.verdict in ("exact", "ambiguous")
    exact = [p.citation for p in finding.places if p.how == "exact"]
    assert (start, end) in [(c.start, c.end) for c in exact]
    assert (finding.verdict == "ambiguous") == (len(finding.places) > 1)


@given(
    slices(["alpha", "beta", "the", "of", "1,400", "lower-ranking", "café", "IOPC"]),
    st.sampled_from(["“”", '""', "‘’", "„“", "«»", "''"]),
    st.sampled_from(["He said: ", "", "One paragraph.\n\n", "("]),
)
def test_a_slice_in_any_marks_in_any_draft_is_found(
    taken: tuple[str, int, int], marks: str, before: str
) -> None:
    text, start, end = taken
    words = re.sub(r"[\r\n]\s*[\r\n]", "\n", text[start:end])
    draft = f"{before}{marks[0]}{words}{marks[1]}, he said."
    (finding,) = look_up(find_quotations(draft), [document(text)], draft=draft)
    assert (start, end) in [(p.citation.start, p.citation.end) for p in finding.places]
    assert all(p.how == "exact" for p in finding.places if p.quote == words)


@given(slices(WORDS), st.integers(0, 255))
def test_a_changed_word_is_precisely_marked(taken: tuple[str, int, int], which: int) -> None:
    text, start, end = taken
    text += " the IOPC of beta alpha."
    words = text[start:end] + " the IOPC of beta alpha" if end + 24 == len(text) else text[start:]
    spans = [m.span() for m in re.finditer(r"(?<!\S)(?:alpha|beta|the|of|IOPC)(?!\S)", words)]
    first, last = spans[which % len(spans)]
    changed = words[:first] + "zebra" + words[last:]
    finding = check(changed, document(text))
    assert finding.verdict == "changed"
    assert finding.nearest
    steps = finding.nearest.differences
    assert "".join(step.draft for step in steps) == changed
    assert [step.draft.strip() for step in steps if step.op in ("replace", "delete")] == ["zebra"]
    assert "[-zebra-]" in marked(steps)


MUTATIONS: dict[str, Callable[[str], str]] = {
    "marks": lambda words: words.translate(str.maketrans("’‘“”", "''\"\"")),
    "spaces": lambda words: re.sub(r"\s+", "\u00a0 ", words),
    "breaks": lambda words: re.sub(r"\s+", "\r\n", words),
    "dashes": lambda words: words.replace("-", " — "),
    "letter": lambda words: words[0].swapcase() + words[1:],
    "stop": lambda words: words + ".",
    "hidden": lambda words: words.replace("a", "a\u00ad"),
    "accents": lambda words: words.replace("é", "e\u0301"),
}


@settings(max_examples=200)
@given(slices(WORDS), st.sampled_from(sorted(MUTATIONS)))
def test_typography_makes_style(taken: tuple[str, int, int], name: str) -> None:
    text, start, end = taken
    words = text[start:end]
    mutated = MUTATIONS[name](words)
    finding = check(mutated, document(text))
    assert finding.verdict in ("exact", "style", "ambiguous")
    if mutated.rstrip("\u00ad") != words:  # after the last word it changes nothing
        same = [p for p in finding.places if (p.citation.start, p.citation.end) == (start, end)]
        assert [place.how for place in same] == ["style"]


@given(texts(HOSTILE), st.text("".join(HOSTILE), max_size=80))
def test_any_draft_against_any_document(text: str, draft: str) -> None:
    draft = f"“{draft}” {text} > {draft}"
    findings = look_up(find_quotations(draft), [document(text)], draft=draft, min_words=1)
    report = draft_report("draft", findings, 1)
    for finding in findings:
        for place in finding.places:
            assert place.quote == text[place.citation.start : place.citation.end]
    assert to_text(report, terminal=True)
    assert to_markdown(report)


@given(st.text("".join(HOSTILE) + " \n", max_size=80))
def test_folding_keeps_the_way_back(text: str) -> None:
    folded = fold(text)
    assert len(folded.lowered()) == len(folded.text)
    previous = 0
    for index in range(len(folded.text)):
        start, end = folded.start_of(index), folded.end_of(index)
        assert previous <= start <= end <= len(text)
        previous = start
    assert Source(document(text)).atoms() is not None
