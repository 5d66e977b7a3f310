"""``quoth eval``: measure the answers on a set of questions."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from retrieval.errors import EXIT_INTERRUPTED, EXIT_OK, QuothError, UsageError
from retrieval.printable import printable
from retrieval.settings import Settings

COMMANDS = {
    "run": "ask every question of a set and print a table",
    "compare": "compare two runs, question by question",
    "report": "write a run's page with plots and every answer",
    "init": "start a question set for your own folder",
    "calibrate": "fit the confidence on question sets",
    "gate": "fail if the answers became worse than the committed baseline",
}
_DESCRIPTION = """\
Measure how far answers can be trusted: on the questions that come with quoth, on
your own, and on data sets in BEIR's layout."""
_EXAMPLES = """\
examples:
  quoth eval run                         the shipped questions over the sample corpus
  quoth eval run --beir DATASET          a data set in BEIR's layout
  quoth eval report                      a page with plots of the last run
  quoth eval compare RUN OTHER-RUN
  quoth eval run --help                  more on one command"""


class Command(Protocol):
    """What a command's module offers."""

    DESCRIPTION: str
    EXAMPLES: str

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments."""

    def run(self, args: argparse.Namespace, settings: Settings) -> int:
        """Do it and return the exit status."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``quoth eval`` with these words and return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(words)
    except QuothError as error:
        if "--debug" in words:
            traceback.print_exc()
        for line in (error.message, error.hint):
            if line:
                print(printable(line), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return EXIT_INTERRUPTED
    except SystemExit as leaving:  # argparse has printed its help
        return leaving.code if isinstance(leaving.code, int) else EXIT_OK


def _dispatch(words: Sequence[str]) -> int:
    first = words[0] if words else "--help"
    if first in ("-h", "--help"):
        print(_overview())
        return EXIT_OK
    if first not in COMMANDS:
        raise UsageError(
            f"There is no command quoth eval {first}.", f"Commands: {', '.join(COMMANDS)}."
        )
    from retrieval.cli.common import add_arguments, settings_from
    from retrieval.cli.dispatch import Parser

    command: Command = import_module(f".{first}", __package__)
    parser = Parser(
        prog=f"quoth eval {first}", description=command.DESCRIPTION, epilog=command.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    command.configure(parser)
    add_arguments(parser)
    args = parser.parse_args(words[1:])
    args.words = ["quoth", "eval", *words]
    return command.run(args, settings_from(args))


def _overview() -> str:
    lines = [f"  {name:<11}{text}" for name, text in COMMANDS.items()]
    usage = "usage: quoth eval COMMAND [ARGUMENTS]"
    return "\n".join([usage, "", _DESCRIPTION, "", "commands:", *lines, "", _EXAMPLES])
