"""The user's own keys and colours: one TOML file beside quoth's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retrieval import Settings

from . import keymap

FILE = "terminal.toml"
_KINDS: Mapping[str, type] = {"theme": str, "editor": str, "questions": str, "keys": dict,
                              "colors": dict}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the file asks for, and what in it cannot be used."""

    theme: str = ""
    """A theme's name; empty to choose by the terminal."""
    editor: str = ""
    """A command with ``{file}`` and ``{line}``; empty for $VISUAL or $EDITOR."""
    questions: str = ""
    """The question set that marks are added to; empty for one in the data directory."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """By id of a binding: the keys that replace its own."""
    colors: Mapping[str, str] = field(default_factory=dict)
    """By name: a colour that replaces the theme's own."""
    problems: tuple[str, ...] = ()
    """What was ignored, each a sentence."""


def preferences_file(settings: Settings) -> Path | None:
    """Return where the file is or would be: beside the settings file."""
    return None if settings.file is None else settings.file.parent / FILE


def load_preferences(settings: Settings) -> Preferences:
    """Read the file, if there is one; what is wrong in it is reported, never fatal."""
    path = preferences_file(settings)
    if path is None or not path.is_file():
        return Preferences()
    import tomllib

    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        return Preferences(problems=(f"{path} cannot be read: {error}.",))
    return _checked(found)


def _checked(found: Mapping[str, Any]) -> Preferences:
    problems = [f"{FILE}: {name} is no setting." for name in found if name not in _KINDS]
    good: dict[str, Any] = {}
    for name, kind in _KINDS.items():
        if name in found and not isinstance(found[name], kind):
            problems.append(f"{FILE}: {name} must be a {'table' if kind is dict else 'text'}.")
        elif name in found:
            good[name] = found[name]
    for table in ("keys", "colors"):
        bad = [name for name, value in good.get(table, {}).items() if not isinstance(value, str)]
        problems += [f"{FILE}: {table}.{name} must be a text." for name in bad]
        good[table] = {n: v for n, v in good.get(table, {}).items() if n not in bad}
    good["keys"], unknown = keymap.checked(good["keys"])
    problems += [f"{FILE}: there is no key called {name}." for name in unknown]
    return Preferences(**good, problems=tuple(problems))
