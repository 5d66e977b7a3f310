"""``quoth eval compare``: two runs, question by question."""

from __future__ import annotations

import argparse
from pathlib import Path

from retrieval.cli.common import write
from retrieval.errors import EXIT_OK
from retrieval.settings import Settings

from .. import comparing, runfolder, scoring
from ..reporting import comparison

DESCRIPTION = """\
Compare two runs over the questions that both were given: the difference of each
measure with a 95 % interval (paired bootstrap) and a p-value (paired randomisation
test), and every question that got better or worse, with both answers."""
EXAMPLES = """\
examples:
  quoth eval compare before after"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``quoth eval compare``."""
    parser.add_argument("first", metavar="A", type=Path, help="the folder of a run")
    parser.add_argument("second", metavar="B", type=Path, help="the folder of another")


def run(args: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Compare and print.

    Raises:
        RunError: a folder holds no run, or the two have no question in common.
    """
    first, second = (scoring.score(runfolder.read_run(f)) for f in (args.first, args.second))
    write(comparison.as_page(comparing.compare(first, second)))
    return EXIT_OK
