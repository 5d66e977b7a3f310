"""Patterns in gitignore syntax, matched in time that grows with the name and not beyond.

They come from files that lie among the documents, and so from strangers. As
pathspec translates them, a dozen stars against one long name take longer than
anybody waits, a line break in a folder's name hides what is in it from every
pattern, and a line that cannot be read ends the program.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from pathspec import GitIgnoreSpec

MOST_DEEP = 3
"""``**`` in one pattern; each multiplies the time by the depth of the folders."""
_STAR = "[^/]*"
_TOKEN = re.compile(r"\[\^/\]\*|\[(?:\\.|[^\]\\])+\]|\\.|.", re.DOTALL)
_BOUNDS = frozenset("/()?|.+^$<>")
"""What stands between the parts of a path in a translated pattern, unescaped."""


def gitignore(lines: Iterable[str]) -> GitIgnoreSpec:
    """Read patterns, one a line; blank lines and comments are none.

    Raises:
        ValueError: a line is no pattern, or one that takes too long; the message says which.
    """
    patterns: list[Any] = []
    for number, line in enumerate(lines, start=1):
        try:
            patterns += _read(line)
        except (ValueError, re.error, OverflowError) as error:
            raise ValueError(f"line {number} is no pattern that can be used") from error
    # The one that matches with the expressions as they are; others compile their own.
    return GitIgnoreSpec(patterns, backend="simple")


def _read(line: str) -> list[Any]:  # of the library's own kind
    if line.count("**") > MOST_DEEP:
        raise ValueError(line)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of what brackets may mean one day
        found = list(GitIgnoreSpec.from_lines((line,), backend="simple").patterns)
        for pattern in found:
            if pattern.regex is not None:
                pattern.regex = re.compile(_linear(pattern.regex.pattern), re.DOTALL)
    return found


def _linear(source: str) -> str:
    """Let a star go on only to the first place where what follows it stands.

    Within one part of a path that is all a star can mean, up to the last one; tried
    otherwise, the places multiply.
    """
    tokens = _TOKEN.findall(source)
    parts = groupby(tokens, key=lambda token: token in _BOUNDS)
    return "".join("".join(p) if bound else _part(list(p)) for bound, p in parts)


def _part(tokens: Sequence[str]) -> str:
    chunks = [""]
    for token in tokens:
        if token == _STAR:
            chunks.append("")
        else:
            chunks[-1] += f"(?!/){token}" if token.startswith("[^") else token
    if len(chunks) == 1:
        return chunks[0]
    inner = "".join(f"(?>{_STAR}?{chunk})" for chunk in chunks[1:-1] if chunk)
    return f"{chunks[0]}{inner}{_STAR}{chunks[-1]}"
