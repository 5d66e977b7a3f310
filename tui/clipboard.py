"""Copying: to the terminal first, which works over SSH, then to a local clipboard."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from textual.app import App

_TOOLS: Sequence[tuple[str, tuple[str, ...], str]] = (
    ("pbcopy", (), ""),
    ("wl-copy", (), "WAYLAND_DISPLAY"),
    ("xclip", ("-selection", "clipboard"), "DISPLAY"),
    ("xsel", ("--clipboard", "--input"), "DISPLAY"),
    ("clip.exe", (), ""),
)
"""Program, its arguments, and the variable without which it has no clipboard to reach."""


def copy(app: App[int], text: str) -> None:
    """Send ``text`` to the terminal's clipboard, and to the desktop's where there is one."""
    app.copy_to_clipboard(text)
    if not app.is_web and not app.is_headless:
        copy_locally(text, os.environ)


def copy_locally(text: str, environ: Mapping[str, str]) -> bool:
    """Hand ``text`` to the desktop's clipboard program; false where there is none.

    Over SSH the desktop is elsewhere, and only the terminal can reach it.
    """
    if "SSH_CONNECTION" in environ or "SSH_TTY" in environ:
        return False
    for name, arguments, needs in _TOOLS:
        program = shutil.which(name)
        if program is None or (needs and not environ.get(needs)):
            continue
        try:
            subprocess.run(
                [program, *arguments], input=text.encode("utf-8", "replace"), timeout=2,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError):
            continue
        return True
    return False
