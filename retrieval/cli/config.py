"""``quoth config``: every setting in effect, and where it came from."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ..errors import EXIT_OK, SettingsError, StorageError
from ..printable import printable_line
from ..settings import Settings, config_path
from ..settings_sources import KINDS, variable
from . import common

HELP = "show the settings in effect and where each came from"
DESCRIPTION = """\
Show every setting in effect and where its value came from. The command line goes
before QUOTH_* variables, these before the settings file, this before the defaults."""
EXAMPLES = """\
examples:
  quoth config                  every setting, its value and its source
  quoth config --json           the same for a program
  quoth config --init           write a commented settings file to start from
  "${EDITOR:-vi}" "$(quoth config --path)"
"""

SCHEMA = 1
"""Version of what ``--json`` prints."""

_UNSET = {
    "corpus": "the bundled corpus",
    "index": "in data_dir, by corpus",
    "calibration": "what comes with quoth",
    "reranker": "none",
    "reader": "none",
}
"""What people read where a setting has no value."""
_EXAMPLE = {
    "corpus": "~/Documents",
    "index": "~/documents.index",
    "calibration": "~/calibration.json",
    "reranker": "cross-encoder/ms-marco-MiniLM-L6-v2",
    "reader": "deepset/roberta-base-squad2",
}
"""What the template shows where a setting has no value."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``quoth config``."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--json", action="store_true", help="print JSON")
    group.add_argument("--path", action="store_true", help="print where the settings file belongs")
    group.add_argument(
        "--init",
        action="store_true",
        help="write a commented settings file there; one that exists is left alone",
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Print the settings, their file's path, or write a template of that file.

    Raises:
        SettingsError: ``--init`` where there already is a settings file.
        StorageError: ``--init`` where the file cannot be written.
    """
    path = settings.file or config_path()
    if args.init:
        _write_template(path)
        common.write(f"Wrote {path}\n")
    elif args.path:
        common.write(f"{path}\n")
    elif args.json:
        common.write_json(_as_json(settings, path))
    else:
        common.write(_as_text(settings, path))
    return EXIT_OK


def _as_text(settings: Settings, path: Path) -> str:
    rows = [(name, _shown(settings, name), settings.sources.get(name, "default")) for name in KINDS]
    names, values = (max(len(row[column]) for row in rows) for column in (0, 1))
    lines = [f"Settings file: {path}" + ("" if path.exists() else " (there is none)"), ""]
    lines += [f"{name:{names}}  {value:{values}}  {source}" for name, value, source in rows]
    if sys.stdout.isatty():
        lines = [printable_line(line) for line in lines]
    return "\n".join(lines) + "\n"


def _shown(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    return _UNSET[name] if value is None else str(value)


def _as_json(settings: Settings, path: Path) -> dict[str, Any]:
    shown = {}
    for name in KINDS:
        value = getattr(settings, name)
        source = settings.sources.get(name, "default")
        shown[name] = {"value": str(value) if isinstance(value, Path) else value, "source": source}
    return {"schema": SCHEMA, "file": str(path), "exists": path.exists(), "settings": shown}


def _write_template(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(_template())
    except FileExistsError as error:
        raise SettingsError(
            f"There already is a settings file {path}.", "Edit it, or move it away first."
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"The settings file {path} cannot be written: {reason}.",
            "QUOTH_CONFIG can name a place that can be written to.",
        ) from error


def _template() -> str:
    defaults = Settings()
    lines = [
        "# Settings of quoth. Every line is commented out and shows the default, or an example",
        '# where there is none. "quoth config" shows what is in effect.',
    ]
    for name, kind in KINDS.items():
        value = getattr(defaults, name)
        value = _EXAMPLE[name] if value is None else value
        written = json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
        lines += ["", f"# {kind.about}", f"# It may be {kind.allowed}. In the environment:"]
        lines[-1] += f" {variable(name)}."
        lines += [f"# {name} = {written}"]
    return "\n".join(lines) + "\n"
