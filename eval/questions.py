"""Load a question set and resolve its gold quotes; every mistake is told with file and line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .errors import Mistakes, QuestionSetError
from .records import Gold, Place, Question, QuestionSet

Texts = Callable[[str], str | None]
"""Gives a document's exact text by path, or None where there is no such document."""

SHIPPED = ("seeds", "debian")
"""Sets that come with quoth, by name."""

_REQUIRED: Mapping[str, type] = {
    "id": str, "kind": str, "question": str, "answerable": bool, "gold": list
}  # fmt: skip
_OPTIONAL: Mapping[str, type] = {"history": list, "note": str, "group": str}
_GOLD_KEYS = {"path", "quote", "occurrence", "side"}
_HINT = "docs/eval.md describes the format; mend the lines above and run again."


def shipped(name: str) -> Path:
    """Return the file of a set that comes with quoth."""
    return Path(__file__).parent / "questions" / f"{name}.jsonl"


def json_lines(path: Path, mistakes: Mistakes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each line's number and object; empty lines and ``#`` lines are passed over.

    Raises:
        QuestionSetError: the file is missing, unreadable or not UTF-8.
    """
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except FileNotFoundError:
        raise QuestionSetError(
            f"There is no file {path}.", "Start one with: quoth eval init FOLDER"
        ) from None
    except OSError as error:
        raise QuestionSetError(f"{path} cannot be read: {error.strerror}.", "") from error
    except UnicodeDecodeError as error:
        raise QuestionSetError(
            f"{path} is not UTF-8 (byte {error.start}).", "Save it as UTF-8."
        ) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            mistakes.add(number, f"not JSON: {error.msg} at column {error.colno}")
            continue
        except (ValueError, RecursionError):
            mistakes.add(number, "a number is too long, or values are nested too deeply")
            continue
        if not isinstance(value, dict):
            mistakes.add(number, "a line has to hold one JSON object")
        elif not _is_unicode(value):
            mistakes.add(number, "an escape such as \\ud800 stands for half a character")
        else:
            yield number, value


def _is_unicode(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def named_corpus(path: Path) -> Path | None:
    """Return the folder that a set's first line names, relative to the file."""
    for _, value in json_lines(path, Mistakes(path)):
        if set(value) == {"corpus"} and isinstance(value["corpus"], str):
            return path.parent / Path(value["corpus"]).expanduser()
        break
    return None


def load_questions(path: Path, texts: Texts) -> QuestionSet:
    """Load a set in the format of the shipped ones.

    Args:
        path: a file of JSON lines.
        texts: the documents that the questions are about.

    Raises:
        QuestionSetError: the file is missing or empty, or holds mistakes, all of which it names.
    """
    mistakes, seen = Mistakes(path), dict[str, int]()
    questions: list[Question] = []
    for number, value in json_lines(path, mistakes):
        if set(value) == {"corpus"} and not questions:
            continue
        before = len(mistakes.found)
        _check_keys(number, value, mistakes)
        if len(mistakes.found) > before:
            continue
        if value["id"] in seen:
            mistakes.add(number, f'the id "{value["id"]}" is that of line {seen[value["id"]]} too')
        seen.setdefault(value["id"], number)
        gold = _gold(number, value["gold"], texts, mistakes)
        _check_sense(number, value, gold, mistakes)
        questions.append(_question(value, gold))
    mistakes.refuse(_HINT)
    if not questions:
        raise QuestionSetError(f"{path} holds no question.", "Write one JSON object a line.")
    return QuestionSet(path.stem, "passage", tuple(questions))


def _check_keys(number: int, value: Mapping[str, Any], mistakes: Mistakes) -> None:
    known = {**_REQUIRED, **_OPTIONAL}
    for key in _REQUIRED:
        if key not in value:
            mistakes.add(number, f'"{key}" is missing')
    for key, given in value.items():
        if key not in known:
            mistakes.add(number, f'"{key}" is unknown; known are {", ".join(known)}')
        elif not isinstance(given, known[key]):
            mistakes.add(number, f'"{key}" has to be a JSON {_json_name(known[key])}')
        elif key in ("id", "kind", "question") and not str(given).strip():
            mistakes.add(number, f'"{key}" is empty')
    history = value.get("history", [])
    if isinstance(history, list) and not all(isinstance(h, str) and h.strip() for h in history):
        mistakes.add(number, '"history" has to hold questions only')


def _check_sense(
    number: int, value: Mapping[str, Any], gold: tuple[Gold, ...], mistakes: Mistakes
) -> None:
    if value["answerable"] and not value["gold"]:
        mistakes.add(number, "it is answerable, so it needs at least one gold quote")
    if not value["answerable"] and value["gold"]:
        mistakes.add(number, "it is not answerable, so it cannot have gold quotes")
    sides = {entry.side for entry in gold}
    if len(sides) == 1 and None not in sides:
        mistakes.add(number, "only one side of the conflict has a gold quote")
    if None in sides and len(sides) > 1:
        mistakes.add(number, 'some gold entries have a "side" and some have none')


def _gold(number: int, given: list[Any], texts: Texts, mistakes: Mistakes) -> tuple[Gold, ...]:
    found = []
    for entry in given:
        if not isinstance(entry, dict) or not {"path", "quote"} <= set(entry) <= _GOLD_KEYS:
            mistakes.add(
                number, 'a gold entry holds "path", "quote", and may hold "occurrence", "side"'
            )
            continue
        path, quote = entry["path"], entry["quote"]
        if not isinstance(path, str) or not isinstance(quote, str) or not quote:
            mistakes.add(number, 'a gold entry\'s "path" and "quote" have to be text')
            continue
        text = texts(path)
        if text is None:
            mistakes.add(number, f"the corpus holds no document {path}")
            continue
        start = _resolve(number, text, entry, mistakes)
        if start is not None:
            side = None if entry.get("side") is None else str(entry["side"])
            found.append(Gold(Place(path, start, start + len(quote)), quote, side=side))
    return tuple(found)


def _resolve(number: int, text: str, entry: Mapping[str, Any], mistakes: Mistakes) -> int | None:
    """Return where the quote starts, or note why that cannot be told."""
    quote, wanted = entry["quote"], entry.get("occurrence")
    starts, at = [], text.find(quote)
    while at >= 0:
        starts.append(at)
        at = text.find(quote, at + 1)
    where = f'{entry["path"]}: "{quote[:60]}{"..." if len(quote) > 60 else ""}"'
    if not starts:
        mistakes.add(number, f"this quote does not stand in {where}")
    elif wanted is None and len(starts) > 1:
        mistakes.add(number, f'say which "occurrence" (1 to {len(starts)}) is meant in {where}')
    elif wanted is None:
        return starts[0]
    elif isinstance(wanted, int) and 1 <= wanted <= len(starts):
        return starts[wanted - 1]
    else:
        mistakes.add(number, f'"occurrence" has to be 1 to {len(starts)} in {where}')
    return None


def _question(value: Mapping[str, Any], gold: tuple[Gold, ...]) -> Question:
    history = tuple(value.get("history", ()))
    return Question(
        id=value["id"], kind=value["kind"], text=value["question"], history=history,
        answerable=value["answerable"], gold=gold, note=value.get("note", ""),
        group=value.get("group") or (history[0] if history else value["question"]),
    )  # fmt: skip


def _json_name(kind: type) -> str:
    return {str: "string", bool: "true or false", list: "list"}[kind]
