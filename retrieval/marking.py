"""What a person says of an answer, as a line of their own question set for ``quoth eval``.

``right``: the first quote answers the question, so its places are gold.
``silent``: the documents do not say, so there is no gold. ``wrong``: there may be
an answer elsewhere, which only the person knows; the line waits, behind a ``#``,
for its gold places to be filled in.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from .errors import StorageError, UsageError
from .reading import NotTextError, corpus_root, read_document
from .sessions.records import MARKS, Mark
from .settings import Settings
from .writing import write_whole

_KIND = "marked"
_NOTE = {
    "right": "marked right: the first quote answers it",
    "silent": "marked: should have said that there is no answer",
    "wrong": "marked wrong: put every place that answers it into gold, and take away the #",
}


def marks_file(settings: Settings, corpus: Path) -> Path:
    """Return where the marks of a folder's answers are kept when no other place is named."""
    root = corpus_root(corpus)
    key = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    return settings.data_dir / "questions" / f"{root.name[:40] or 'root'}-{key}.jsonl"


def append_mark(
    path: Path,
    answer: Mapping[str, Any],
    mark: Mark,
    corpus: Path,
    history: Sequence[str] = (),
) -> None:
    """Add an answer that a person judged to their question set; made where it is missing.

    A question that was marked before, after the same history, gets the new mark
    instead: its line is replaced. Whoever reads the file meanwhile sees all of it.

    Args:
        path: the question set.
        answer: the JSON of the answer.
        mark: what the person says of it.
        corpus: the folder of documents that was asked.
        history: the earlier questions that were sent along, oldest first.

    Raises:
        UsageError: there is no such mark, the set is about another folder, or the
            answer shows nothing that could be right.
        CorpusError: the folder cannot be used.
        StorageError: a quote does not stand in its file any more, or the set cannot be written.
    """
    if mark not in MARKS:
        raise UsageError(f"There is no mark {mark!r}.", f"It may be {', '.join(MARKS)}.")
    root = corpus_root(corpus)
    gold = list(_gold(answer, root)) if mark == "right" else []
    line = {
        "id": _id(answer, history, root), "kind": _KIND, "question": answer["question"],
        "history": list(history), "answerable": mark != "silent", "gold": gold,
        "note": _NOTE[mark],
    }  # fmt: skip
    text = ("# " if mark == "wrong" else "") + json.dumps(line, ensure_ascii=False)
    with _writing(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(path.with_name(f".{path.name}.lock")):
            _put(path, text.encode("utf-8", "replace"), line["id"], root)


def _gold(answer: Mapping[str, Any], root: Path) -> Iterator[dict[str, Any]]:
    """Yield each place of the first quote, told apart where its words stand several times."""
    if not answer["evidence"]:
        raise UsageError(
            "An answer without a quote cannot be right.", 'Mark it "wrong" or "silent".'
        )
    quote = answer["evidence"][0]["quote"]
    for citation in answer["evidence"][0]["citations"]:
        text, start = _text(root, citation["path"]), citation["start"]
        if text[start : start + len(quote)] != quote:
            raise StorageError(
                f"{citation['path']} has changed: the quote does not stand where it stood.",
                "Ask the question again and mark the new answer.",
            )
        place = {"path": citation["path"], "quote": quote}
        number, several = _occurrence(text, quote, start)
        yield {**place, "occurrence": number} if several else place


def _occurrence(text: str, quote: str, start: int) -> tuple[int, bool]:
    """Return which of the quote's places in a text this is, and whether there are several."""
    number, at = 0, text.find(quote)
    while 0 <= at <= start:
        number, at = number + 1, text.find(quote, at + 1)
    return number, number > 1 or at >= 0


def _text(root: Path, path: str) -> str:
    try:
        return read_document(root, path).text
    except (NotTextError, OSError) as error:
        raise StorageError(
            f"{path} cannot be read any more: {error}.",
            "Ask the question again and mark the new answer.",
        ) from error


def _id(answer: Mapping[str, Any], history: Sequence[str], root: Path) -> str:
    told = json.dumps([answer["question"], list(history), str(root)])
    return f"marked-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _put(path: Path, line: bytes, name: str, root: Path) -> None:
    """Append the line, or put it in the place of the one with its id."""
    data = path.read_bytes() if path.exists() else b""
    lines = data.removesuffix(b"\n").split(b"\n") if data else []
    _check_corpus(path, lines, root)
    start = json.dumps({"id": name})[:-1].encode()
    kept = [one for one in lines if not one.lstrip(b"# ").startswith(start + b",")]
    if data and len(kept) == len(lines):
        _append(path, line, ends=data.endswith(b"\n"))
        return
    head = [] if lines else [json.dumps({"corpus": str(root)}, ensure_ascii=True).encode()]
    write_whole(path, b"\n".join([*head, *kept, line, b""]))


def _append(path: Path, line: bytes, *, ends: bool) -> None:
    """Add a line in one write, which other appenders cannot come between."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
    try:
        os.write(descriptor, (b"" if ends else b"\n") + line + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_corpus(path: Path, lines: Sequence[bytes], root: Path) -> None:
    """Refuse a set that names another folder on its first line."""
    first = next((one for one in lines if one.strip() and not one.lstrip().startswith(b"#")), b"")
    try:
        value = json.loads(first.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        return
    if not isinstance(value, dict) or not isinstance(value.get("corpus"), str):
        return
    named = path.parent / Path(value["corpus"]).expanduser()
    if named.resolve() != root.resolve():
        raise UsageError(
            f"The questions in {path} are about another folder, {named}.", "Name another file."
        )


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The question set {path} cannot be written: {error.strerror or error}.",
            "Make room or ask for permission; the answers themselves are kept.",
        ) from error
