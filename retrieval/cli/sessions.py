"""``quoth sessions``: the saved conversations."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import EXIT_NOT_FOUND, EXIT_OK, SessionMissingError, UsageError
from ..printable import printable_line
from ..settings import Settings
from . import common

if TYPE_CHECKING:
    from ..sessions import SessionInfo, Sessions

HELP = "list, show, rename and delete saved conversations"
DESCRIPTION = """\
Every conversation of `quoth chat` in a terminal is saved in the data directory,
readable by you alone, after each answer. This lists, shows and searches them,
gives them titles and deletes them.

actions:
  list                     the last continued first (this is the default)
  search WORD ...          those that hold every word in the title or a question
  show SESSION             the whole conversation, with every citation
  rename SESSION TITLE     give it a title; '' takes the title away
  delete SESSION ...       delete for good: the words are overwritten on disk
  repair                   save what is whole from a damaged file, which is kept

SESSION is the number that the list shows, or `last`."""
EXAMPLES = """\
examples:
  quoth sessions                              everything that is saved
  quoth sessions list --corpus my-folder      only what was asked of this folder
  quoth sessions search inquiry minutes
  quoth sessions show last
  quoth sessions rename 3 "Dates of the inquiry"
  quoth sessions delete 3 4 --yes             without asking
  quoth sessions --json | jq '.sessions[].first'
exit status: 0 done, 1 nothing found, nothing deleted or something lost, 2 no such
conversation, 3 the file of conversations is damaged."""

SCHEMA = 1
"""Version of what ``--json`` prints."""
LAST = "last"
_MOST_SHOWN = 60
"""Characters of a title in a list for people."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "action", metavar="ACTION", nargs="?", default="list",
        choices=(*_ACTIONS, "repair"),
        help="list, search, show, rename, delete or repair",
    )  # fmt: skip
    parser.add_argument("words", metavar="WORD", nargs="*", help="what the action is about")
    parser.add_argument("--yes", action="store_true", help="delete without asking")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Do what was asked for and return the exit status.

    Raises:
        SessionMissingError: there is no such conversation.
        UsageError: the words do not fit the action.
    """
    if args.action == "repair":
        return _repair(settings, args)
    with open_sessions(settings) as sessions:
        return _ACTIONS[args.action](sessions, args)


def open_sessions(settings: Settings) -> Sessions:
    """Open the conversations on disk, whether or not new ones are kept."""
    from dataclasses import replace

    from ..sessions import Sessions

    return Sessions.open(replace(settings, save=True))


def find(sessions: Sessions, word: str) -> SessionInfo:
    """Return the conversation that a word of the command line means.

    Raises:
        SessionMissingError: there is none.
    """
    if word == LAST:
        for info in sessions.list():
            if info.turns:
                return info
        raise SessionMissingError(
            "No conversation is saved.", "`quoth chat` in a terminal saves what is asked."
        )
    if not (word.isascii() and word.isdigit()):
        raise UsageError(
            f"{word} is not the number of a conversation.", "`quoth sessions` lists them."
        )
    return sessions.read(int(word)).info


def _list(sessions: Sessions, args: argparse.Namespace) -> int:
    if args.words:
        raise UsageError("The list takes no words.", "To find some: quoth sessions search WORD")
    return _shown(sessions.list(corpus=_folder(args)), args, "No conversation is saved.")


def _search(sessions: Sessions, args: argparse.Namespace) -> int:
    if not "".join(args.words).strip():
        raise UsageError("No word is given.", "Run: quoth sessions search WORD")
    found = sessions.list(" ".join(args.words), _folder(args))
    _shown(found, args, "No conversation holds these words.")
    return EXIT_OK if found else EXIT_NOT_FOUND


def _folder(args: argparse.Namespace) -> Path | None:
    """Return the folder that the list is limited to, in the form in which folders are kept."""
    return args.corpus.resolve() if args.corpus is not None else None


def _shown(found: Sequence[SessionInfo], args: argparse.Namespace, otherwise: str) -> int:
    if args.json:
        common.write_json({"schema": SCHEMA, "sessions": [info.to_dict() for info in found]})
    elif found:
        common.write_drawn("".join(f"{_row(info)}\n" for info in found))
    else:
        sys.stderr.write(f"{otherwise}\n")
    return EXIT_OK


def _row(info: SessionInfo) -> str:
    name = info.name or "(no question yet)"
    cut = name if len(name) <= _MOST_SHOWN else name[: _MOST_SHOWN - 1] + "…"
    asked = f"{info.turns} question{'s' if info.turns != 1 else ''}"
    when = f"{info.updated.astimezone():%Y-%m-%d %H:%M}"
    return printable_line(f"{info.id:>4}  {when}  {asked:>12}  {cut}  [{info.corpus.name}]")


def _show(sessions: Sessions, args: argparse.Namespace) -> int:
    from ..exporting import export_session

    session = sessions.read(find(sessions, _one(args)).id)
    common.write(export_session(session, "json" if args.json else "text"))
    return EXIT_OK


def _rename(sessions: Sessions, args: argparse.Namespace) -> int:
    if len(args.words) != 2:
        raise UsageError("A conversation and its new title are wanted.",
                         "Run: quoth sessions rename SESSION TITLE")  # fmt: skip
    found = find(sessions, args.words[0])
    sessions.rename(found.id, args.words[1])
    return _shown([sessions.read(found.id).info], args, "")


def _delete(sessions: Sessions, args: argparse.Namespace) -> int:
    if not args.words:
        raise UsageError("No conversation is named.", "Run: quoth sessions delete SESSION")
    # All are found first: a mistyped number deletes nothing.
    found = {info.id: info for info in (find(sessions, word) for word in args.words)}
    if not args.yes and not _agreed(list(found.values())):
        sys.stderr.write("Nothing was deleted.\n")
        return EXIT_NOT_FOUND
    for sid in found:
        sessions.delete(sid)
    if args.json:
        common.write_json({"schema": SCHEMA, "deleted": list(found)})
    else:
        sys.stderr.write(f"Deleted: {', '.join(map(str, found))}.\n")
    return EXIT_OK


def _agreed(found: Sequence[SessionInfo]) -> bool:
    """Ask whether these may be deleted.

    Raises:
        UsageError: nobody can be asked.
    """
    if not sys.stdin.isatty():
        raise UsageError("Deleting has to be confirmed.", "Without a terminal: add --yes")
    sys.stderr.write("".join(f"{_row(info)}\n" for info in found))
    sys.stderr.write("Delete for good? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _repair(settings: Settings, args: argparse.Namespace) -> int:
    from ..sessions import Sessions
    from ..sessions.salvage import repair

    if args.words:
        raise UsageError("A repair takes no words.", "Run: quoth sessions repair")
    done = repair(Sessions.file(settings).parent)
    if args.json:
        common.write_json({
            "schema": SCHEMA, "sessions": done.sessions, "turns": done.turns,
            "lost": list(done.lost), "damaged": str(done.damaged) if done.damaged else None,
        })  # fmt: skip
        return EXIT_NOT_FOUND if done.lost else EXIT_OK
    lines = [f"Whole: {done.sessions} conversations with {done.turns} turns."]
    lines += [f"Lost: {one}." for one in done.lost]
    if done.damaged is not None:
        lines.append(f"The damaged files are in {done.damaged}.")
    common.write("".join(f"{line}\n" for line in lines))
    return EXIT_NOT_FOUND if done.lost else EXIT_OK


def _one(args: argparse.Namespace) -> str:
    if len(args.words) != 1:
        raise UsageError(
            "One conversation is wanted.", f"Run: quoth sessions {args.action} SESSION"
        )
    return str(args.words[0])


_ACTIONS: dict[str, Callable[[Sessions, argparse.Namespace], int]] = {
    "list": _list, "search": _search, "show": _show, "rename": _rename, "delete": _delete,
}  # fmt: skip
