"""Exports hold every quote with every citation, prove themselves, and obey nothing."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from eval.questions import load_questions, named_corpus
from eval.records import Question
from retrieval import (
    EXPORT_FORMS,
    ExportForm,
    Pin,
    QuothError,
    Session,
    SessionInfo,
    Turn,
    append_mark,
    export_session,
)
from retrieval.cli import main
from retrieval.printable import printable
from tests.conftest import MakeCorpus

PROVED: tuple[ExportForm, ...] = ("markdown", "json", "jsonl", "text")
NAMES = {"markdown": "x.md", "json": "x.json", "jsonl": "x.jsonl", "text": "x.txt"}
Capture = pytest.CaptureFixture[str]
WHEN = datetime(2024, 5, 14, 9, 30, tzinfo=UTC)
PATH = "minutes of the inquiry, 14 May.txt"
HOSTILE = (
    "He said: “no desire” to look, *perhaps*.",
    "> quoted\n> twice\n\n| a bar\n  x.txt, line 1, characters 0-5, sha256 00, verified",
    "```\nfenced\n````text\n~~~",
    "  leading and trailing  ",
    "\x1b]8;;http://example.org\x07click\x1b]8;;\x07 \x9b31m",
    "\u202eright to left\u2066 zero\u200bwidth \U000e0041",
    "<script>alert(1)</script> <!-- quoth transcript, format 1 --> &amp; &#x1b;",
    "one\r\ntwo\rthree\x0bfour\x85five\u2028six",
    '=HYPERLINK("http://example.org")\tcell',
    "## 2. A question\n**\\[1\\]**\nQuestion 7: x\n[3]\nNearly repeated in:",
    "1. a list - [a](http://example.org) ![b](c) www.example.org https://example.org :smile: $x$",
    "- `code` \\* __under__ ~~struck~~ {.class} #1 a|b",
    "\n",
    "\t tab",
    "The office opened on 3 June 2019.",
)


def cited(text: str, quote: str, start: int, path: str) -> dict[str, Any]:
    line = text.count("\n", 0, start) + 1
    return {
        "path": path, "title": quote, "start": start, "end": start + len(quote),
        "line_start": line, "line_end": line + 1, "page": 2, "section": quote,
        "sha256": hashlib.sha256(text.encode()).hexdigest(), "state": "verified",
        "byte_start": None, "byte_end": None,
    }  # fmt: skip


def an_answer(
    text: str, quotes: Sequence[str], path: str, status: str = "answered"
) -> dict[str, Any]:
    """The JSON of an answer whose every other quote stands beside the one before."""
    evidence: list[dict[str, Any]] = []
    at = 0
    for number, quote in enumerate(quotes):
        at = text.index(quote, at)
        one = {"quote": quote, "citations": [cited(text, quote, at, path)] * (1 + number % 2)}
        if evidence and number % 3:
            evidence[-1][("near", "differs")[number % 2]].append(one)
        else:
            passage = {"text": quote, "start": at, "end": at + len(quote)}
            evidence.append({**one, "score": 0.5, "passage": passage, "near": [], "differs": []})
        at += len(quote)
    asked = quotes[0]
    return {
        "schema": 1, "question": asked, "understood_as": f"{asked} more",
        "carried": [{"turn": 1, "text": asked}], "status": status, "confidence": 0.125,
        "evidence": evidence,
        "searched": {"documents": 1, "passages": 2, "skipped": 0, "terms": {asked: 3}},
        "index": {"fingerprint": "f", "model": "m", "format": 1}, "timings": {"total": 1.5},
    }  # fmt: skip


def shown(session: Session) -> list[dict[str, Any]]:
    """Every quote of a conversation in the order in which it is written out."""
    return [
        quote
        for turn in session.turns
        for one in turn.answer["evidence"]
        for quote in (one, *one["near"], *one["differs"])
    ]


def drawn(session: Session) -> list[str]:
    return [printable(one["quote"].replace("\r\n", "\n")) for one in shown(session)]


def conversation(answers: Sequence[Any], title: str = "") -> Session:
    turns = tuple(
        Turn(n, one["question"], one, WHEN, "right", True) for n, one in enumerate(answers, 1)
    )
    info = SessionInfo(7, title, Path("/the/folder"), WHEN, WHEN, len(turns), turns[0].question)
    return Session(info, turns)


def written(folder: Path, quotes: Sequence[str]) -> str:
    """Write the document that holds the quotes, and return its text."""
    text = "The minutes.\n" + "".join(f"-- {quote} --\n" for quote in quotes)
    (folder / PATH).write_bytes(text.encode())
    return text


@pytest.fixture
def hostile(make_corpus: MakeCorpus) -> tuple[Path, Session]:
    folder = make_corpus({})
    text = written(folder, HOSTILE)
    answers = [an_answer(text, HOSTILE, PATH, status) for status in ("answered", "not_found")]
    return folder, conversation(answers, HOSTILE[0])


def verify(export: str, form: ExportForm, folder: Path, capsys: Capture) -> dict[str, Any]:
    file = folder.parent / NAMES[form]
    file.write_text(export, "utf-8", newline="")
    capsys.readouterr()
    code = main(["verify", str(file), "--corpus", str(folder), "--json"])
    told = capsys.readouterr()
    report: dict[str, Any] = json.loads(told.out) if told.out else {"error": told.err}
    return {**report, "code": code}


@pytest.mark.parametrize("form", PROVED)
def test_a_hostile_conversation_proves_itself(
    hostile: tuple[Path, Session], form: ExportForm, capsys: Capture
) -> None:
    folder, session = hostile
    report = verify(export_session(session, form), form, folder, capsys)
    assert report["code"] == 0, report
    assert report["kind"] == "answers"
    wanted = [
        (one["quote"], place["start"]) for one in shown(session) for place in one["citations"]
    ]
    assert [(item["quote"], item["start"]) for item in report["items"]] == wanted
    assert {item["role"] for item in report["items"]} == {"evidence", "near", "differs"}
    assert {item["answer"] for item in report["items"]} == {1, 2}


ODD = st.text(
    st.one_of(
        st.sampled_from("`>|*_<&\\[]~#-+.:\"'“” \n\r\t\x1b\x9b\u202e\u200b\u2028é1"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    min_size=1,
    max_size=40,
)


@hypothesis_settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(quotes=st.lists(ODD, min_size=1, max_size=4), form=st.sampled_from(PROVED))
def test_any_quote_is_proved_in_any_form(
    quotes: list[str], form: ExportForm, make_corpus: MakeCorpus, capsys: Capture
) -> None:
    folder = make_corpus({})
    session = conversation([an_answer(written(folder, quotes), quotes, PATH)])
    export = export_session(session, form)
    report = verify(export, form, folder, capsys)
    assert report["code"] == 0, (report, export)
    assert {item["quote"] for item in report["items"]} == set(quotes)
    assert printable(export) == export


@pytest.mark.parametrize("form", PROVED)
def test_a_tampered_export_fails(
    make_corpus: MakeCorpus, form: ExportForm, capsys: Capture
) -> None:
    quote = "The office opened on 3 June 2019."
    folder = make_corpus({})
    session = conversation(
        [
            an_answer(
                written(folder, [quote]),
                [
                    quote,
                ],
                PATH,
            )
        ]
    )
    export = export_session(session, form)
    wrong = export.replace("on 3 June", "on 4 June")
    assert wrong != export
    assert verify(wrong, form, folder, capsys)["code"] == 1
    (folder / PATH).write_text("The office opened on 4 June 2019.")
    assert verify(export, form, folder, capsys)["code"] == 1


@pytest.mark.parametrize("form", ["markdown", "text"])
def test_a_transcript_without_a_citation_or_with_a_path_outside_is_refused(
    make_corpus: MakeCorpus, form: ExportForm, capsys: Capture
) -> None:
    quote = "The office opened on 3 June 2019."
    folder = make_corpus({})
    text = written(folder, [quote])
    export = export_session(conversation([an_answer(text, [quote], PATH)]), form)
    without = "\n".join(line for line in export.split("\n") if "sha256" not in line)
    assert "no citation below it" in verify(without, form, folder, capsys)["error"]
    lone = "\n".join(line for line in export.split("\n") if not line.startswith((">", "|")))
    assert "below no quote" in verify(lone, form, folder, capsys)["error"]
    outside = conversation([an_answer(text, [quote], "../outside.txt")])
    assert "leads out" in verify(export_session(outside, form), form, folder, capsys)["error"]


@pytest.mark.parametrize("form", ["markdown", "text"])
def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(
    hostile: tuple[Path, Session], form: ExportForm, capsys: Capture
) -> None:
    folder, session = hostile
    export = "\ufeff" + export_session(session, form).replace("\n", "\r\n")
    assert verify(export, form, folder, capsys)["code"] == 0


@pytest.mark.parametrize("path", ["a`b.txt", "a, line 1.txt", 'q"\\.txt', "\u202eb\n.txt", " x"])
@pytest.mark.parametrize("form", ["markdown", "text"])
def test_odd_names_of_files_are_exact(
    make_corpus: MakeCorpus, path: str, form: ExportForm, capsys: Capture
) -> None:
    quote = "The office opened on 3 June 2019."
    folder = make_corpus({path: quote})
    session = conversation([an_answer(quote, [quote], path)])
    assert verify(export_session(session, form), form, folder, capsys)["code"] == 0


@pytest.mark.parametrize("form", EXPORT_FORMS)
def test_nothing_of_an_export_reaches_a_terminal_or_reorders_it(
    hostile: tuple[Path, Session], form: ExportForm
) -> None:
    export = export_session(hostile[1], form)
    assert printable(export.replace("\r\n", "\n")) == export.replace("\r\n", "\n")
    assert export.count(hostile[1].turns[0].answer["evidence"][0]["citations"][0]["sha256"]) > 10


def test_markdown_shows_every_quote_exactly_and_nothing_else_of_it(
    hostile: tuple[Path, Session],
) -> None:
    markdown = export_session(hostile[1], "markdown")
    found, inside = [], False
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown):
        if token.type in ("blockquote_open", "blockquote_close"):
            inside = token.type == "blockquote_open"
        elif token.type == "fence":
            found.append(token.content.removesuffix("\n"))
        elif token.type == "inline" and inside:
            assert {child.type for child in token.children or ()} <= {"text", "text_special"}
            found.append("".join(child.content for child in token.children or ()))
        assert token.type not in ("html_inline", "code_block", "ordered_list_open", "hr")
        if token.type == "html_block":
            assert token.content.strip() == "<!-- quoth transcript, format 1 -->"
    assert found == drawn(hostile[1])
    kinds = {token.type for token in tokens(markdown)}
    assert not kinds & {"link_open", "image", "html_inline", "s_open"}


def tokens(markdown: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable("strikethrough").parse(markdown):
        yield token
        yield from token.children or ()


class Page(HTMLParser):
    """What a page holds: its elements, and the text of each block quote."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.quotes: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag == "blockquote"
        if self.inside:
            self.quotes.append("")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.quotes[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = False


def test_html_holds_the_quotes_loads_nothing_and_runs_nothing(
    hostile: tuple[Path, Session],
) -> None:
    html = export_session(hostile[1], "html")
    page = Page()
    page.feed(html)
    assert page.quotes == drawn(hostile[1])
    names = {name for name, _ in page.elements}
    assert not names & {"script", "a", "img", "link", "iframe", "object", "form", "base"}
    attributes = {key for _, given in page.elements for key in given}
    assert attributes <= {
        "lang", "charset", "http-equiv", "content", "name", "class", "dir"
    }, attributes  # fmt: skip
    policy = next(given["content"] or "" for name, given in page.elements if "http-equiv" in given)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    style = re.search("<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_csv_has_a_row_for_every_citation_and_no_formula(hostile: tuple[Path, Session]) -> None:
    rows = list(csv.DictReader(io.StringIO(export_session(hostile[1], "csv"), newline="")))
    assert len(rows) == 2 * sum(1 + number % 2 for number in range(len(HOSTILE)))
    for row in rows:
        for cell in row.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", " =")), cell
    assert "The office opened on 3 June 2019." in {row["quote"] for row in rows}
    assert {row["role"] for row in rows} == {"evidence", "near", "differs"}


def test_json_is_exact_and_whole(hostile: tuple[Path, Session]) -> None:
    session = hostile[1]
    whole = json.loads(export_session(session, "json"))
    assert [turn["answer"] for turn in whole["turns"]] == [t.answer for t in session.turns]
    assert whole["session"]["title"] == HOSTILE[0]
    assert whole["turns"][0]["mark"] == "right"
    lines = export_session(session, "jsonl").splitlines()
    assert [json.loads(line) for line in lines] == [t.answer for t in session.turns]


@pytest.mark.parametrize("form", PROVED)
def test_only_what_was_pinned(
    hostile: tuple[Path, Session], form: ExportForm, capsys: Capture
) -> None:
    folder, session = hostile
    export = export_session(session, form, [Pin(2, 3, WHEN), Pin(2, 9, WHEN)])
    report = verify(export, form, folder, capsys)
    assert report["code"] == 0
    kept = [item["quote"] for item in report["items"] if item["role"] == "evidence"]
    assert kept == [session.turns[1].answer["evidence"][2]["quote"]]
    if form in ("markdown", "text"):
        assert {(item["answer"], item["evidence"]) for item in report["items"]} == {(2, 3)}
    assert "numbers" not in export
    assert export_session(session, "jsonl", []) == ""


def test_an_unknown_form_is_refused(hostile: tuple[Path, Session]) -> None:
    with pytest.raises(QuothError, match="no form 'pdf'"):
        export_session(hostile[1], "pdf")  # type: ignore[arg-type]
    assert get_args(ExportForm) == EXPORT_FORMS


# --- marks -------------------------------------------------------------------


@pytest.fixture
def asked(make_corpus: MakeCorpus) -> tuple[Path, Any]:
    """A folder in which the words of an answer stand three times, and that answer."""
    quote = "It was three."
    text = f"{quote} {quote}\r\n"
    folder = make_corpus({"a.txt": text, "b.txt": quote})
    answer = an_answer(text, [quote], "a.txt")
    answer["question"] = "How many?"
    answer["evidence"][0]["citations"] = [
        cited(text, quote, len(quote) + 1, "a.txt"), cited(quote, quote, 0, "b.txt"),
    ]  # fmt: skip
    return folder, answer


def loaded(path: Path, folder: Path) -> tuple[Question, ...]:
    def text(name: str) -> str | None:
        file = folder / name
        return file.read_bytes().decode() if file.exists() else None

    return load_questions(path, text).questions


def test_marks_are_lines_that_the_evaluation_loads(asked: tuple[Path, Any], tmp_path: Path) -> None:
    folder, answer = asked
    path = tmp_path / "marks" / "mine.jsonl"
    append_mark(path, answer, "right", folder, history=["Who wrote it?"])
    append_mark(path, {**answer, "question": "Where?"}, "silent", folder)
    right, silent = loaded(path, folder)
    assert right.text == "How many?"
    assert right.history == ("Who wrote it?",)
    assert [(g.place.path, g.place.start) for g in right.gold] == [("a.txt", 14), ("b.txt", 0)]
    assert (silent.text, silent.answerable, silent.gold) == ("Where?", False, ())
    assert named_corpus(path) == folder


def test_a_wrong_answer_waits_for_its_gold(asked: tuple[Path, Any], tmp_path: Path) -> None:
    folder, answer = asked
    path = tmp_path / "mine.jsonl"
    append_mark(path, answer, "silent", folder)
    append_mark(path, {**answer, "question": "Where?"}, "wrong", folder)
    assert [question.text for question in loaded(path, folder)] == ["How many?"]
    last = path.read_text("utf-8").splitlines()[-1]
    assert json.loads(last.removeprefix("# "))["question"] == "Where?"


def test_the_last_mark_counts_and_other_lines_stay(asked: tuple[Path, Any], tmp_path: Path) -> None:
    folder, answer = asked
    path = tmp_path / "mine.jsonl"
    own = {"id": "own", "kind": "k", "question": "Why?", "answerable": False, "gold": []}
    path.write_text(f"# mine\n{json.dumps(own)}", "utf-8")
    for mark in ("right", "wrong", "silent", "silent"):
        append_mark(path, answer, mark, folder)
    assert path.read_text("utf-8").startswith(f"# mine\n{json.dumps(own)}\n")
    assert [(q.id == "own", q.answerable) for q in loaded(path, folder)] == [
        (True, False), (False, False),
    ]  # fmt: skip


def test_a_mark_that_cannot_be_kept_says_why(asked: tuple[Path, Any], tmp_path: Path) -> None:
    folder, answer = asked
    path = tmp_path / "mine.jsonl"
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(QuothError, match="without a quote"):
        append_mark(path, {**answer, "evidence": []}, "right", folder)
    append_mark(path, answer, "right", folder)
    with pytest.raises(QuothError, match="about another folder"):
        append_mark(path, answer, "silent", other)
    (folder / "b.txt").write_text("It was four.")
    with pytest.raises(QuothError, match="has changed"):
        append_mark(path, answer, "right", folder)
    with pytest.raises(QuothError, match="no mark"):
        append_mark(path, answer, "good", folder)  # type: ignore[arg-type]
