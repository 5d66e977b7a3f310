"""The one owner of offsets: characters to lines, pages and bytes.

Offsets everywhere else are Unicode code points into ``Document.text``,
half-open. A line ends at LF, CR LF or CR, as editors count; lines and pages
are 1-based.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence

_NEWLINE = re.compile(r"\r\n|\r|\n")
_BOM_BYTES = {"utf-8-sig": 3, "utf-16": 2, "utf-32": 4}
_UNIT_BYTES = {"utf-16": 2, "utf-16-le": 2, "utf-16-be": 2, "utf-32": 4}


def line_starts(text: str) -> list[int]:
    """Return the offset at which each line of ``text`` starts; the first is 0."""
    return [0, *(match.end() for match in _NEWLINE.finditer(text))]


def line_range(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the 1-based first and last line that ``text[start:end]`` touches.

    An empty slice touches the line it stands in.
    """
    return _line_of(text, start), _line_of(text, max(start, end - 1))


def _line_of(text: str, at: int) -> int:
    """Return the 1-based line that holds the character at ``at``.

    Counted, since a list of all lines costs a hundred times as much and is used once.
    """
    ends = text.count("\n", 0, at) + text.count("\r", 0, at) - text.count("\r\n", 0, at)
    inside = at > 0 and text.startswith("\r\n", at - 1)
    return 1 + ends - inside


def page_of(page_starts: Sequence[int], start: int) -> int | None:
    """Return the 1-based page holding ``start``, or None for a format without pages."""
    if not page_starts:
        return None
    return max(1, bisect_right(page_starts, start))


def byte_range(text: str, encoding: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the half-open range of bytes in the file that ``text[start:end]`` decodes from.

    ``encoding`` is a Python codec name for which ``data.decode(encoding) == text``.
    Returns None where bytes cannot be told apart by a prefix (stateful codecs).
    """
    width = _encoder(encoding)
    if width is None:
        return None
    first = _BOM_BYTES.get(encoding, 0) + width(text[:start])
    return first, first + width(text[start:end])


def _encoder(encoding: str) -> Callable[[str], int] | None:
    if encoding in ("utf-8", "utf-8-sig"):
        return lambda part: len(part) if part.isascii() else len(part.encode("utf-8"))
    if encoding in _UNIT_BYTES:
        codec = "utf-32-le" if encoding == "utf-32" else "utf-16-le"
        return lambda part: len(part.encode(codec))
    if encoding.startswith("iso2022") or encoding in ("hz", "utf-7"):
        return None
    return lambda part: len(part.encode(encoding))
