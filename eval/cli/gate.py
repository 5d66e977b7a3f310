"""``quoth eval gate``: fail if the answers became worse than the committed baseline."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from retrieval.cli.common import write
from retrieval.errors import EXIT_NOT_FOUND, EXIT_OK
from retrieval.settings import Settings

from .. import gate, running, scoring
from ..gate import Check
from ..reporting.table import Rows, as_text
from ..scoring import Scores, label
from .progress import Questions
from .sources import add_source_arguments, opened, source_of

DESCRIPTION = """\
Run the `test` half of the shipped questions and compare it with the committed
baseline. A measure fails when it is outside the baseline's 95 % interval on the bad
side; every quote has to be verbatim and verified whatever the baseline says. The exit
status is 1 when anything fails."""
EXAMPLES = """\
examples:
  quoth eval gate
  quoth eval gate --update               make today's figures the baseline, to be committed"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``quoth eval gate``."""
    add_source_arguments(parser)
    parser.add_argument(
        "--kind", metavar="KIND", action="append", default=[],
        help="only questions of this kind; may be repeated",
    )  # fmt: skip
    parser.add_argument("--update", action="store_true", help="write the baseline instead")
    parser.add_argument(
        "--baseline", metavar="FILE", type=Path, default=gate.BASELINE,
        help="the baseline; that of the shipped questions by default",
    )  # fmt: skip
    parser.add_argument("--output", metavar="DIR", type=Path, help="keep the run here")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Run, compare and say what failed.

    Raises:
        QuothError: the run or the baseline cannot be used.
    """
    with TemporaryDirectory(prefix="quoth-gate-") as folder:
        scores = _scores(args, settings, args.output or Path(folder) / "run")
    if args.update:
        before = gate.check(scores, args.baseline) if _same(args.baseline, scores) else []
        gate.update(scores, args.baseline)
        write(as_text(_updated(scores, before)) + f"\n\nWrote {args.baseline}\n")
        return EXIT_OK
    checks = gate.check(scores, args.baseline)
    write(as_text(_rows(checks, scores.run.questions.unit)) + "\n")
    failed = [check.name for check in checks if not check.passed]
    if failed:
        print(f"\nWorse than the baseline: {', '.join(failed)}.", file=sys.stderr)
        return EXIT_NOT_FOUND
    return EXIT_OK


def _scores(args: argparse.Namespace, settings: Settings, output: Path) -> Scores:
    with opened(source_of(args), settings) as (retriever, questions):
        chosen = running.chosen(questions, "test", args.kind)
        plan = running.Plan("full", "test", tuple(args.kind), shlex.join(args.words), output)
        return scoring.score(
            running.run(retriever, chosen, plan, settings, Questions(questions.name))
        )


def _same(path: Path, scores: Scores) -> bool:
    return path.is_file() and scores.run.questions.sha256 in path.read_text("utf-8")


def _rows(checks: Sequence[Check], unit: str) -> Rows:
    rows = [["measure", "now", "baseline", "its interval", ""]]
    for each in checks:
        now = "–" if each.now is None else f"{each.now.value:.3f}"
        base = each.baseline
        rows.append(
            [label(each.name, unit), now, f"{base.value:.3f}", f"{base.low:.3f} to {base.high:.3f}",
             "" if each.passed else "FAILED"]
        )  # fmt: skip
    return rows


def _updated(scores: Scores, before: Sequence[Check]) -> Rows:
    """Return the new figures beside the old ones, for the commit's message."""
    old = {each.name: each.baseline for each in before}
    rows = [["measure", "before", "now", "interval"]]
    for name in gate.GATED:
        now = scores.groups[scoring.ALL].get(name)
        if now is None:
            continue
        was = f"{old[name].value:.3f}" if name in old else "–"
        between = f"{now.low:.3f} to {now.high:.3f}"
        rows.append([label(name, scores.run.questions.unit), was, f"{now.value:.3f}", between])
    return rows
