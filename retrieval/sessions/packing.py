"""Between the values of this room and what stands in the file."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import UsageError
from .records import MARKS, Session, SessionInfo, Turn


def now() -> int:
    """Return the time in microseconds since the epoch."""
    return time.time_ns() // 1000


def moment(microseconds: object) -> datetime:
    """Return a time that was kept.

    Raises:
        sqlite3.DataError: it is none; the file is damaged.
    """
    try:
        return datetime.fromtimestamp(float(str(microseconds)) / 1e6, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise sqlite3.DataError("a time is not what was written") from error


def storable(text: str) -> str:
    """Return text without halves of characters, which SQLite cannot keep."""
    return text.encode("utf-8", "replace").decode("utf-8")


def pack(answer: Mapping[str, Any]) -> tuple[str, str]:
    """Return an answer's question and its JSON.

    Raises:
        UsageError: it is not the JSON of an answer.
    """
    question = answer.get("question")
    try:
        text = json.dumps(answer, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"This is no answer: {error}.", "Give answer.to_dict().") from error
    if not isinstance(question, str) or not isinstance(answer.get("evidence"), list):
        raise UsageError("This is no answer: its question or evidence is missing.",
                         "Give answer.to_dict().")  # fmt: skip
    return storable(question), text


def turn(row: sqlite3.Row) -> Turn:
    """Return a turn that was kept.

    Raises:
        sqlite3.DataError: it is not what was written; the file is damaged.
    """
    proof = sha256(row["session"], row["number"], str(row["question"]), str(row["answer"]))
    if row["sha256"] != proof:
        raise sqlite3.DataError(
            f"turn {row['number']} of conversation {row['session']} is not what was written"
        )
    return Turn(
        row["number"], row["question"], json.loads(row["answer"]), moment(row["asked"]),
        row["mark"] if row["mark"] in MARKS else None, bool(row["dropped"]),
    )  # fmt: skip


def info(row: sqlite3.Row) -> SessionInfo:
    """Return what is known of a conversation without its turns."""
    return SessionInfo(
        row["id"], row["title"], Path(os.fsdecode(row["corpus"])), moment(row["started"]),
        moment(row["updated"]), row["turns"], row["first"],
    )  # fmt: skip


def whole(about: SessionInfo, turns: tuple[Turn, ...]) -> Session:
    """Put a conversation together.

    Raises:
        sqlite3.DataError: not every turn is there; the file is damaged.
    """
    if [one.number for one in turns] != [*range(1, about.turns + 1)]:
        raise sqlite3.DataError(f"turns of conversation {about.id} are missing")
    return Session(about, turns)


def sha256(sid: int, number: int, question: str, text: str) -> str:
    """Return what proves that a turn is what was written, and stands where it did."""
    return hashlib.sha256(f"{sid} {number}\n{question}\n{text}".encode()).hexdigest()
