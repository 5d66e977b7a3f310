"""The user's own question set, to which marked answers are added."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .engine import AnswerDict
from .preferences import Preferences

if TYPE_CHECKING:
    from retrieval import Mark, Settings


def add_mark(
    settings: Settings, preferences: Preferences, corpus: Path, answer: AnswerDict, mark: Mark,
    history: Sequence[str],
) -> str:  # fmt: skip
    """Append a marked answer; return the file's path.

    Raises:
        QuothError: it cannot be written.
    """
    from retrieval import append_mark, marks_file

    given = preferences.questions
    path = Path(given).expanduser() if given else marks_file(settings, corpus)
    append_mark(path, answer, mark, corpus, history)
    return str(path)
