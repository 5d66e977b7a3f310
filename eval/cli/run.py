"""``quoth eval run``: ask every question of a set and print a table."""

from __future__ import annotations

import argparse
import shlex
import sys
from datetime import datetime
from pathlib import Path

from retrieval.cli.common import write, write_json
from retrieval.errors import EXIT_OK
from retrieval.settings import Settings

from .. import running, scoring
from ..asking import WAYS
from ..reporting import table
from .progress import Questions
from .sources import add_source_arguments, opened, source_of

DESCRIPTION = """\
Ask every question of a set, as a person would, and print how good the answers are:
by kind of question and in all, with 95 % intervals. Everything is kept in a folder,
for `quoth eval report` and `quoth eval compare`. An interrupted run goes on where it
stopped when it is called again with the same --output."""
EXAMPLES = """\
examples:
  quoth eval run
  quoth eval run --split test --kind followup --kind conflict
  quoth eval run --questions my-questions.jsonl --corpus my-folder
  quoth eval run --beir squad2 --retriever hybrid --output squad2-hybrid

--retriever: full asks and ranks by evidence; search is the same search without
choosing evidence; dense, lexical and hybrid are plain rankings to compare with,
which see the last question only."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``quoth eval run``."""
    add_source_arguments(parser)
    parser.add_argument(
        "--split", choices=("tune", "test", "all"), default="all",
        help="the half of the questions to ask; all by default",
    )  # fmt: skip
    parser.add_argument(
        "--kind", metavar="KIND", action="append", default=[],
        help="only questions of this kind; may be repeated",
    )  # fmt: skip
    parser.add_argument("--retriever", choices=WAYS, default="full", help="what is measured")
    parser.add_argument("--output", metavar="DIR", type=Path, help="the folder to keep the run in")
    parser.add_argument("--json", action="store_true", help="print every number as JSON")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Ask, measure and print.

    Raises:
        QuothError: the questions, the corpus or the folder cannot be used.
    """
    source = source_of(args)
    with opened(source, settings) as (retriever, questions):
        chosen = running.chosen(questions, args.split, args.kind)
        output = args.output or new_folder(
            settings, f"{questions.name}-{args.split}-{args.retriever}"
        )
        plan = running.Plan(
            args.retriever, args.split, tuple(args.kind), shlex.join(args.words), output
        )
        try:
            finished = running.run(retriever, chosen, plan, settings, Questions(questions.name))
        except KeyboardInterrupt:
            print(f"\nStopped. To go on, run the same with --output {output}", file=sys.stderr)
            raise
    scores = scoring.score(finished)
    scoring.write_scores(scores)
    if args.json:
        write_json(scores.to_dict())
    else:
        write(table.summary(scores) + "\n")
    print(f"\nKept in {output}", file=sys.stderr)
    return EXIT_OK


def runs_home(settings: Settings) -> Path:
    """Return the folder of runs that were given no other."""
    return settings.data_dir / "eval"


def new_folder(settings: Settings, name: str) -> Path:
    """Return a folder for a new run."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    return runs_home(settings) / f"{stamp}-{name}"
