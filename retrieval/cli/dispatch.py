"""Find the command that was called, read its arguments and run it."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import NoReturn, Protocol

from .. import __version__
from ..errors import UsageError
from ..settings import Settings
from . import common

COMMANDS = {
    "chat": "ask questions in a conversation (the default)",
    "ask": "answer one question",
    "search": "list the passages that match",
    "index": "index a folder, or bring its index up to date",
    "verify": "check the quotations in a draft, or a saved answer",
    "sessions": "list, show, rename and delete saved conversations",
    "export": "write a saved conversation to a file, with every citation",
    "status": "show what is indexed and what was skipped",
    "doctor": "check the installation, saved conversations and the index",
    "config": "show the settings and where they come from",
}
"""Commands of the core, with what ``quoth --help`` says of each."""
ELSEWHERE = {"eval": "measure the answers on a set of questions"}
"""Commands that other rooms bring."""
GROUP = "quoth.commands"

_DESCRIPTION = """\
Ask a folder of documents a question and get the very words that answer it, each
with a citation that can be checked character by character."""
_EXAMPLES = """\
examples:
  quoth                                  ask the sample corpus in the terminal
  quoth my-folder                        ask your own documents
  quoth ask "Who led the inquiry?" --corpus my-folder
  quoth verify draft.md --corpus my-folder
  quoth ask --help                       more on one command

exit status: 0 done or answered, 1 not found or a check that failed, 2 wrong use,
3 the index or a source is damaged, 130 interrupted."""


class Command(Protocol):
    """What a command's module offers."""

    HELP: str
    DESCRIPTION: str
    EXAMPLES: str

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments."""

    def run(self, args: argparse.Namespace, settings: Settings) -> int:
        """Do it and return the exit status."""


class Parser(argparse.ArgumentParser):
    """An argument parser that raises one sentence and one hint."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage."""
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", self._hint(message))

    def _hint(self, message: str) -> str:
        unknown = re.search(r"unrecognized arguments: (--?[\w-]+)", message)
        if unknown:
            known = sorted(set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", self.format_help())))
            close = get_close_matches(unknown.group(1), known, n=1, cutoff=0.5)
            if close:
                return f"Did you mean {close[0]}? {self.prog} --help lists every option."
        return f"Run: {self.prog} --help"


def dispatch(words: Sequence[str]) -> int:
    """Run the command that ``words`` call; without one, open a conversation.

    Raises:
        QuothError: anything that a person can mend.
    """
    first = words[0] if words else ""
    if first in ("-h", "--help"):
        sys.stdout.write(_overview())
        return 0
    if first in ("-V", "--version"):
        sys.stdout.write(f"quoth {__version__}\n")
        return 0
    if first in COMMANDS:
        return run_command(first, words[1:])
    if first and not first.startswith("-"):
        other = _other_rooms().get(first)
        if other is not None:
            return other(list(words[1:]))
        if first in ELSEWHERE:
            raise UsageError(f"The command {first} is not installed.", "Install quoth again.")
        _refuse_unknown(first)
    return run_command("chat", words)


def run_command(name: str, words: Sequence[str]) -> int:
    """Parse a core command's arguments and run it."""
    command: Command = import_module(f".{name}", __package__)
    parser = Parser(
        prog=f"quoth {name}", description=command.DESCRIPTION, epilog=command.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    command.configure(parser)
    common.add_arguments(parser)
    args = parser.parse_args(words)
    return command.run(args, common.settings_from(args))


def _other_rooms() -> dict[str, Callable[[list[str]], int]]:
    from importlib.metadata import entry_points

    return {point.name: point.load() for point in entry_points(group=GROUP)}


def _refuse_unknown(word: str) -> None:
    """Tell a mistyped command from a folder to chat with."""
    if Path(word).exists() or "/" in word or "\\" in word:
        return
    close = get_close_matches(word, [*COMMANDS, *ELSEWHERE], n=1)
    hint = f"Did you mean `quoth {close[0]}`?" if close else "`quoth --help` lists the commands."
    raise UsageError(f"There is no command and no folder called {word}.", hint)


def _overview() -> str:
    lines = [f"  {name:<10}{text}" for name, text in (COMMANDS | ELSEWHERE).items()]
    usage = "usage: quoth [COMMAND] [ARGUMENTS]\n       quoth [FOLDER]"
    return "\n".join([usage, "", _DESCRIPTION, "", "commands:", *lines, "", _EXAMPLES, ""])
