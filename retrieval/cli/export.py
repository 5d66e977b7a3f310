"""``quoth export``: a saved conversation as a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import EXIT_OK, StorageError, UsageError
from ..exporting import EXPORT_FORMS, ExportForm, export_session
from ..settings import Settings
from ..writing import write_whole
from . import common, sessions

HELP = "write a saved conversation to a file, with every citation"
DESCRIPTION = """\
Write a saved conversation with every quote, and with every quote its citations:
file, lines, characters, sha256 and whether the file still held the words.

formats:
  markdown, text   transcripts for people; `quoth verify` proves them
  json             everything, exactly; `quoth verify` proves it
  jsonl            the answers alone, one a line, as `quoth chat --json` writes them
  html             one page that loads nothing and runs nothing
  csv              a row for every citation; formulas are made harmless

SESSION is the number that `quoth sessions` shows, or `last` (the default)."""
EXAMPLES = """\
examples:
  quoth export                                 the last conversation, as Markdown
  quoth export 3 --output inquiry.html         the name tells the format
  quoth export 3 --pins --output quotes.csv    only the quotes that were pinned
  quoth export 3 --output inquiry.md && quoth verify inquiry.md --corpus my-folder
exit status: 0 done, 2 no such conversation or nothing to write, 3 the file of
conversations is damaged."""

_ENDINGS: dict[str, ExportForm] = {
    ".md": "markdown", ".markdown": "markdown", ".txt": "text", ".json": "json",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".html": "html", ".htm": "html", ".csv": "csv",
}  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "session", metavar="SESSION", nargs="?", default=sessions.LAST,
        help="which conversation (last)",
    )  # fmt: skip
    parser.add_argument(
        "--format", choices=EXPORT_FORMS,
        help="how to write it; by default what the name after --output says, or markdown",
    )  # fmt: skip
    parser.add_argument(
        "--output", metavar="FILE", type=Path,
        help="the file to write, readable by you alone; without it, standard output",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace FILE if it is there")
    parser.add_argument("--pins", action="store_true", help="only what was pinned")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Write the conversation and return the exit status.

    Raises:
        SessionMissingError: there is no such conversation.
        UsageError: there is nothing to write, or the file is there already.
        StorageError: the file cannot be written.
    """
    with sessions.open_sessions(settings) as saved:
        session = saved.read(sessions.find(saved, args.session).id)
        pins = saved.pins(session.info.id) if args.pins else None
    if not session.turns:
        raise UsageError(f"Conversation {session.info.id} holds no question yet.",
                         "`quoth sessions` lists the others.")  # fmt: skip
    if pins == ():
        raise UsageError(f"Nothing is pinned in conversation {session.info.id}.",
                         "Leave out --pins to export all of it.")  # fmt: skip
    ending = args.output.suffix.lower() if args.output else ""
    text = export_session(session, args.format or _ENDINGS.get(ending, "markdown"), pins)
    if args.output is None:
        common.write(text)
    else:
        _save(args.output, text, replace=args.force)
    return EXIT_OK


def _save(path: Path, text: str, *, replace: bool) -> None:
    """Write a file, whole or not at all, that only the user can read.

    Raises:
        UsageError: it is there already and may not be replaced.
        StorageError: it cannot be written.
    """
    try:
        if path.exists() and not replace:
            raise UsageError(f"There already is a file {path}.",
                             "Name another, or replace it with --force.")  # fmt: skip
        write_whole(path, text.encode("utf-8"))
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}.", "Name another --output."
        ) from error
