"""``quoth eval report``: a run's page with plots and every answer."""

from __future__ import annotations

import argparse
from pathlib import Path

from retrieval.cli.common import write
from retrieval.errors import EXIT_OK
from retrieval.settings import Settings

from .. import runfolder, scoring
from ..errors import RunError
from ..reporting import table
from .run import runs_home

DESCRIPTION = """\
Write one HTML page about a run: tables, plots of risk and coverage, calibration,
what was found by kind and how long it took, and each question's answer with the gold
marked. The page needs no other file and loads nothing from outside."""
EXAMPLES = """\
examples:
  quoth eval report                      the last run
  quoth eval report RUN --output report.html
  quoth eval report RUN --markdown"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``quoth eval report``."""
    parser.add_argument(
        "folder",
        metavar="RUN",
        nargs="?",
        type=Path,
        help="the folder of a run; the last by default",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help="the page; report.html in the run's folder by default",
    )
    parser.add_argument(
        "--markdown", action="store_true", help="print the tables as Markdown, and write no page"
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Write the page.

    Raises:
        RunError: the folder holds no run.
        MissingToolError: matplotlib is not installed.
    """
    folder = args.folder or _last(runs_home(settings))
    scores = scoring.score(runfolder.read_run(folder))
    if args.markdown:
        write(table.markdown(scores))
        return EXIT_OK
    from ..reporting.page import page

    target = args.output or folder / "report.html"
    runfolder.write_text(target, page(scores))
    write(f"{target}\n")
    return EXIT_OK


def _last(home: Path) -> Path:
    found = sorted(path.parent for path in home.glob("*/run.json"))
    if not found:
        raise RunError(f"There is no run in {home}.", "Make one with: quoth eval run")
    return found[-1]
