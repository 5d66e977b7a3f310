"""Make untrusted text safe to draw, one character for one character.

Escape, control and bidirectional characters are replaced by visible ones, so
they are shown and never obeyed; the length never changes, so offsets computed
on the original stay valid on the mapped text.
"""

from __future__ import annotations

_REPLACEMENT = 0xFFFD


def _table() -> dict[int, int]:
    table = {code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)}
    table[0x7F] = 0x2421
    hidden = [
        *range(0x80, 0xA0),  # C1 controls: single-byte escape sequences
        0x061C,  # Arabic letter mark
        *range(0x200B, 0x2010),  # zero width, left-to-right and right-to-left marks
        *range(0x2028, 0x202F),  # line and paragraph separators, bidi embeddings
        *range(0x2060, 0x2070),  # invisible operators, bidi isolates
        0xFEFF,  # zero width no-break space
        *range(0xFFF9, 0xFFFC),  # interlinear annotations
        *range(0xE0000, 0xE0080),  # tag characters
        *range(0xD800, 0xE000),  # lone surrogates cannot be written at all
    ]
    table.update(dict.fromkeys(hidden, _REPLACEMENT))
    return table


_TABLE = _table()
_ONE_LINE = {**_TABLE, 0x09: 0x2409, 0x0A: 0x240A}


def printable(text: str) -> str:
    """Return ``text`` with every unsafe character made visible.

    Newlines and tabs stay. The result has the same length as ``text``.
    """
    return text.translate(_TABLE)


printable_text = printable
"""The same, under a name that the package can offer beside its module."""


def printable_line(text: str) -> str:
    """Like :func:`printable`, for text that must stay on one line (names, titles)."""
    return text.translate(_ONE_LINE)
