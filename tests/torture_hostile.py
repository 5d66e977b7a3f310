"""Bytes that nobody writes, given to everything that reads bytes of others.

Inputs are changed at random, and those that reach lines of quoth not reached before
are kept and changed further, as coverage-guided fuzzers do. Each target runs in a
process of its own, which a crash, a hang or too much memory would end.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from tests.forking import Tally, forked

_ROOMS = (f"{os.sep}retrieval{os.sep}", f"{os.sep}eval{os.sep}")
_SLOW = 2.0
"""Seconds of the processor for one input of a few kilobytes."""
_MEMORY = 4_000_000_000
_LONGEST = 10_000
_WORDS = (
    b"\x00", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xfe\xff", b"\r\n", b"\n\n", b"\x1b[31m",
    b"\x1b]52;c;eA==\x07", b"\xe2\x80\xae", b"\xe2\x80\x9c", b"\xe2\x80\x9d", b"\"", b"'", b"`" * 3,
    b"# ", b"> ", b"- ", b"---\n", b"**", b"/", b"../", b"[", b"]", b"{", b"}", b":", b",", b"null",
    b"NaN", b"1e999", b"-1", b"9" * 5000, b"\\ud800", b"\\u0000", b"\"start\":", b"\"quote\":",
    b"title:", b"sha256 ", b"=cmd()", b"<script>", b"\xf0\x9f\x91\xa9\xe2\x80\x8d", b"\xcc\x81" * 9,
)  # fmt: skip


def hostile(folder: Path, inputs: int, seed: int) -> Tally:
    """Give so many inputs to each target."""
    from retrieval import load_settings

    tally = Tally()
    (folder / "config.toml").touch()
    load_settings(environ={}, file=folder / "config.toml")
    for name in TARGETS:
        ended = forked(partial(_fuzz, name, inputs, seed), limit=1800)
        if ended.signal or not isinstance(ended.told, dict) or "tried" not in ended.told:
            tally.note("inputs", name, [f"{ended}"])
            continue
        tally.tried["inputs"] += ended.told["tried"]
        tally.tried[f"lines of {name}"] = ended.told["lines"]
        tally.wrong += [f"{name}: {problem}" for problem in ended.told["wrong"]]
    return tally


def _fuzz(name: str, inputs: int, seed: int) -> dict[str, Any]:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    target, kept = TARGETS[name][0], [*TARGETS[name][1]]
    chance, seen, wrong = random.Random(f"{seed} {name}"), set[tuple[str, int]](), list[str]()
    target(kept[0])  # what is imported late is not counted
    for number in range(inputs):
        data = kept[number] if number < len(kept) else _changed(kept, chance)
        before, began = len(seen), time.process_time()
        sys.settrace(partial(_follow, seen))
        try:
            target(data)
        except BaseException as error:  # noqa: BLE001  (whatever it is, it is to be told)
            wrong.append(f"{type(error).__name__}: {error} for {data[:300]!r}")
        finally:
            sys.settrace(None)
        if time.process_time() - began > _SLOW and (taken := _seconds(target, data)) > _SLOW:
            wrong.append(f"{taken:.1f} s for {data[:300]!r}")
        if len(seen) > before and number >= len(TARGETS[name][1]):
            kept.append(data)
        if len(wrong) > 5:
            break
    return {"tried": number + 1, "lines": len(seen), "wrong": wrong}


def _seconds(target: Callable[[bytes], None], data: bytes) -> float:
    """Return what an input takes where no line is followed."""
    began = time.process_time()
    with suppress(Exception):
        target(data)
    return time.process_time() - began


def _follow(
    seen: set[tuple[str, int]], frame: FrameType, event: str, _: object
) -> Callable[..., Any] | None:
    name = frame.f_code.co_filename
    if not any(room in name for room in _ROOMS):
        return None

    def line(frame: FrameType, event: str, _: object) -> Callable[..., Any]:
        seen.add((name, frame.f_lineno))
        return line

    return line


def _changed(kept: list[bytes], chance: random.Random) -> bytes:
    data = bytearray(chance.choice(kept))
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.randrange(1, 30))
        match chance.randrange(7):
            case 0:
                data[at:at] = chance.choice(_WORDS)
            case 1:
                del data[at:end]
            case 2:
                data[at:end] = data[at:end] * chance.randrange(2, 40)
            case 3:
                other = chance.choice(kept)
                cut = chance.randrange(len(other) + 1)
                data[at:at] = other[cut : cut + chance.randrange(1, 200)]
            case 4 if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case 5:
                data[at:end] = chance.choice(_WORDS)
            case _:
                data[at:end] = chance.randbytes(end - at)
    return bytes(data[:_LONGEST])


def read(data: bytes) -> None:
    """Any bytes are a document, exactly, or are refused."""
    from retrieval.passages import cut_passages
    from retrieval.reading import NotTextError, to_document
    from tests.changing import WordEncoder

    for name in ("a.txt", "a.md"):
        try:
            document = to_document(name, data, os.stat(__file__))
        except NotTextError:
            continue
        assert data.decode(document.encoding) == document.text
        for section in document.sections:
            assert section.title in document.text[section.start :]
        passages = cut_passages(document, WordEncoder().count_tokens, 40)
        held = "".join(document.text[p.start : p.end] for p in passages)
        assert "".join(held.split()) == "".join(document.text.split())


def ask(data: bytes) -> None:
    """Any text is a question, or is refused with a hint."""
    from retrieval.errors import QuestionError
    from retrieval.followups import understand
    from retrieval.query import parse_query

    text = data.decode("utf-8", "surrogateescape")
    try:
        query = parse_query(text, 10_000)
    except QuestionError as error:
        assert error.hint
        return
    assert all(phrase in text for phrase in query.phrases)
    understood = understand(text, [text, "Who?"])
    assert abs(sum(weight for _, weight in understood.parts) - 1) < 1e-9


def verify(data: bytes) -> None:
    """Any draft gets a report, whose places hold what they say, and none reaches a terminal."""
    from retrieval.printable import printable
    from retrieval.records import Document
    from retrieval.verification import draft_report, find_quotations, look_up, to_markdown, to_text

    draft = data.decode("utf-8", "replace")
    text = draft[: len(draft) // 2] + " The harbour was closed in 1931. " + draft[:200]
    document = Document("a.txt", "a", "0" * 64, "utf-8", 0.0, text, len(text))
    findings = look_up(find_quotations(draft), [document], draft=draft, min_words=1)
    for finding in findings:
        for place in finding.places:
            assert place.quote == text[place.citation.start : place.citation.end]
    report = draft_report("draft", findings, 1)
    drawn = to_text(report, terminal=True)
    assert printable(drawn.replace("\x1b[", "")) == drawn.replace("\x1b[", "")
    to_markdown(report)


def transcript(data: bytes) -> None:
    """Any file given to ``verify`` is read, or refused by name."""
    from retrieval.errors import VerificationInputError
    from retrieval.transcripts import TranscriptForm
    from retrieval.verification.transcripts import read_transcript, transcript_form

    text = data.decode("utf-8", "replace")
    transcript_form(text)
    forms: tuple[TranscriptForm, ...] = ("text", "markdown")
    for form in forms:
        try:
            read_transcript(text, "a.md", form)
        except VerificationInputError as error:
            assert error.message


def answers(data: bytes) -> None:
    """Any JSON is read as answers, or refused by name."""
    from retrieval.errors import VerificationInputError
    from retrieval.verification.answers import is_answers, read_answers

    text = data.decode("utf-8", "surrogateescape")
    is_answers("a.json", text)
    try:
        read_answers(text, "a.json")
    except VerificationInputError as error:
        assert error.message


def file_of(load: Callable[[Path], object], name: str) -> Callable[[bytes], None]:
    """Return a target that reads a file."""

    def target(data: bytes) -> None:
        from retrieval.errors import QuothError

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_bytes(data)
            try:
                load(path)
            except QuothError as error:
                assert error.message and error.hint

    return target


def _settings(path: Path) -> object:
    from retrieval import load_settings

    return load_settings(environ={}, file=path)


def _calibration(path: Path) -> object:
    from retrieval.confidence import load_calibration

    return load_calibration(path)


def _questions(path: Path) -> object:
    from eval.questions import load_questions

    return load_questions(path, lambda _: "The harbour was closed in 1931.")


def ignore(data: bytes) -> None:
    """Any line is a pattern that is quick, or is refused."""
    from retrieval.globs import gitignore

    try:
        spec = gitignore(data.decode("utf-8", "replace").splitlines())
    except ValueError:
        return
    for name in ("a" * 200, "a/b/c.txt", "/".join("ab" * 40), "a\nb", "é.md"):
        spec.match_file(name)


_ANSWER = (
    b'{"schema": 1, "question": "q", "status": "answered", "evidence": [{"quote": "closed in 1931",'
    b' "passage": {"text": "was closed in 1931.", "start": 12, "end": 31}, "citations": [{"path":'
    b' "a.txt", "start": 16, "end": 30, "line_start": 1, "line_end": 1, "sha256": "'
    + b"0" * 64
    + b'", "state": "verified"}], "near": [], "differs": []}]}'
)
_TRANSCRIPT = (
    b"# Talk\n\n## When?\n\n> closed in 1931\n\n- `a.txt`, line 1, characters 16-30, sha256 `"
    + b"0" * 64
    + b"`, verified\n"
)
_DRAFT = 'He said “we were told” and "the harbour\n was closed" … ‘in 1931’.\n\n> A quote [1].\n'
_MARKDOWN = (
    b"---\ntitle: 'A'\n---\n# One *two*\n\nText. More text! See [a](b).\n\nTwo\n===\n\n- x\n"
)
_SEEDS = Path(__file__).parent.parent
TARGETS: dict[str, tuple[Callable[[bytes], None], tuple[bytes, ...]]] = {
    "read": (
        read,
        (_MARKDOWN, _DRAFT.encode(), "Das Haus. 日本語。".encode("utf-16"), b"caf\xe9."),
    ),
    "ask": (ask, (b'When was "the harbour" closed?', "Who said „that“? and why".encode(), b"more")),
    "verify": (verify, (_DRAFT.encode(), _MARKDOWN)),
    "transcript": (transcript, (_TRANSCRIPT, _DRAFT.encode())),
    "answers": (answers, (_ANSWER, b"[" + _ANSWER + b"]", _ANSWER + b"\n" + _ANSWER, b"[" * 3999)),
    "settings": (
        file_of(_settings, "config.toml"),
        (b'k = 5\nmodel = "m"\ncorpus = "a"\n', b"a = " + b"[" * 3900),
    ),
    "calibration": (
        file_of(_calibration, "c.json"),
        ((_SEEDS / "retrieval" / "calibration.json").read_bytes(), b"[" * 3999),
    ),
    "questions": (
        file_of(_questions, "q.jsonl"),
        (
            b'{"id": "a", "kind": "factoid", "question": "When?", "history": [],'
            b' "answerable": true, "gold": [{"path": "a.txt", "quote": "closed in 1931"}]}\n',
            b"[" * 3999,
        ),
    ),
    "ignore": (ignore, (b"*.txt\n!a/**/b[a-z]?\n# no\n/x/\n",)),
}
