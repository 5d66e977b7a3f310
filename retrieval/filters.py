"""Which documents a question is asked of: path globs and dates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from .errors import UsageError
from .globs import gitignore
from .store import StoredDocument

_KEYS = ("paths", "after", "before")


@dataclass(frozen=True, slots=True)
class Where:
    """A filter on documents."""

    paths: tuple[str, ...] = ()
    """Patterns in gitignore syntax ("*.md", "2019/**", "!draft*"); empty for all."""
    after: date | None = None
    """Only files modified on this day (UTC) or later."""
    before: date | None = None
    """Only files modified on this day (UTC) or earlier."""

    def select(self, known: Mapping[str, StoredDocument]) -> list[str]:
        """Return the paths that pass."""
        matches = _matcher(self.paths) if self.paths else None
        return [
            path
            for path, document in known.items()
            if (matches is None or matches(path)) and self._in_time(document.modified_ns / 1e9)
        ]

    def _in_time(self, modified: float) -> bool:
        if self.after is None and self.before is None:
            return True
        day = datetime.fromtimestamp(modified, UTC).date()
        return (self.after is None or day >= self.after) and (
            self.before is None or day <= self.before
        )


WhereLike = Where | Mapping[str, object] | str | Iterable[str] | None


def to_where(value: WhereLike) -> Where | None:
    """Accept a pattern, several, or a mapping with ``paths``, ``after`` and ``before``.

    Raises:
        UsageError: a key is unknown or a date is none.
    """
    if value is None or isinstance(value, Where):
        return value
    if isinstance(value, str):
        return Where((value,))
    if isinstance(value, Mapping):
        unknown = sorted(set(value) - set(_KEYS))
        if unknown:
            raise UsageError(
                f"A filter has no key {unknown[0]!r}.", f"Keys are: {', '.join(_KEYS)}."
            )
        paths = value.get("paths", ())
        patterns = (paths,) if isinstance(paths, str) else tuple(str(p) for p in _each(paths))
        return Where(patterns, _day(value.get("after")), _day(value.get("before")))
    return Where(tuple(value))


def _each(value: object) -> Iterable[object]:
    return value if isinstance(value, Iterable) else (value,)


def _day(value: object) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, datetime):
        return value.date()
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise UsageError(f"{value!r} is not a date.", "Write dates as 2022-06-30.") from None


@lru_cache(maxsize=64)
def _matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    try:
        return gitignore(patterns).match_file
    except ValueError as error:
        raise UsageError(
            f"A pattern of the filter cannot be used: {error}.",
            "Patterns are those of gitignore, with at most three ** in one.",
        ) from error
