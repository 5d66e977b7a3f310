"""The command that opens a file in the user's editor at a line."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

_AT_LINE: Mapping[str, tuple[str, ...]] = {
    "code": ("-g", "{file}:{line}"), "codium": ("-g", "{file}:{line}"),
    "cursor": ("-g", "{file}:{line}"), "zed": ("{file}:{line}",), "subl": ("{file}:{line}",),
    "hx": ("{file}:{line}",), "helix": ("{file}:{line}",), "micro": ("{file}:{line}",),
    "kate": ("-l", "{line}", "{file}"), "gedit": ("+{line}", "{file}"),
    "notepad": ("{file}",), "notepad.exe": ("{file}",),
}  # fmt: skip
_USUAL = ("+{line}", "{file}")
"""What vi, vim, nvim, nano, emacs, joe, less and most others understand."""
_FALLBACKS = ("nano", "vim", "vi", "notepad.exe")


def editor_command(
    path: Path, number: int, wanted: str, environ: Mapping[str, str]
) -> Sequence[str] | None:
    """Return the command as a list, or None where no editor is named or found.

    Args:
        path: the file.
        number: the 1-based line.
        wanted: the user's command, with ``{file}`` and ``{line}``, or empty.
        environ: for ``VISUAL`` and ``EDITOR``.
    """
    named = wanted or environ.get("VISUAL") or environ.get("EDITOR") or _found()
    try:
        words = shlex.split(named, posix=os.name == "posix")
    except ValueError:
        return None
    if not words:
        return None
    if not any("{file}" in word for word in words):
        words += _AT_LINE.get(Path(words[0]).name, _USUAL)
    # A path that starts with a dash would be taken for an option.
    file = str(path if path.is_absolute() else path.absolute())
    return [word.replace("{line}", str(number)).replace("{file}", file) for word in words]


def _found() -> str:
    return next((name for name in _FALLBACKS if shutil.which(name)), "")
