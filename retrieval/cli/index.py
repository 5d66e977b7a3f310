"""``quoth index``: index a folder, or bring its index up to date."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ..errors import EXIT_OK, UsageError
from ..printable import printable_line
from ..records import IndexReport
from ..settings import Settings
from . import common

HELP = "index a folder, or bring its index up to date"
DESCRIPTION = """\
Read every text and Markdown file of a folder and index it. Run again, only what
is new or changed is read and embedded; interrupted, it goes on where it stopped.
Nothing is written into the folder. Files named in .quothignore (gitignore
syntax), hidden files and binary files are skipped, each with a reason."""
EXAMPLES = """\
examples:
  quoth index my-folder
  quoth index my-folder --index my.index        keep the index where you say
  quoth index my-folder --model BAAI/bge-small-en-v1.5
  quoth index my-folder --watch                 and again whenever a file changes"""

_POLL = 1.0
"""Seconds between two looks at a watched folder."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", type=Path, help="the folder of documents"
    )
    parser.add_argument(
        "--watch", action="store_true", help="stay, and index again after every change"
    )
    parser.add_argument("--json", action="store_true", help="write the report as JSON")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Index and report."""
    if args.folder is not None and args.corpus is not None and args.folder != args.corpus:
        raise UsageError("Two folders are named.", "Give the folder once: quoth index FOLDER")
    folder = args.folder or common.corpus_of(settings)
    _index(folder, args, settings)
    if args.watch:
        _watch(folder, args, settings)
    return EXIT_OK


def _index(folder: Path, args: argparse.Namespace, settings: Settings) -> None:
    from ..building import build_index

    report = build_index(folder, settings.index, progress=common.progress_bar(), settings=settings)
    if args.json:
        common.write_json(report.to_dict(), indent=None if args.watch else 2)
    else:
        common.write(report_text(report))


def _watch(folder: Path, args: argparse.Namespace, settings: Settings) -> None:
    from ..freshness import is_stale
    from ..indexing import default_index_dir
    from ..reading import corpus_root

    root = corpus_root(folder)
    index = settings.index or default_index_dir(settings, root)
    sys.stderr.write("Watching for changes; Ctrl-C ends it.\n")
    while True:
        time.sleep(_POLL)
        if is_stale(root, index, settings):
            _index(folder, args, settings)


def report_text(report: IndexReport) -> str:
    """Say in a few lines what indexing did."""
    counts = [
        (len(report.added), "new"), (len(report.changed), "changed"),
        (len(report.renamed), "renamed"), (len(report.removed), "removed"),
        (report.unchanged, "unchanged"), (len(report.skipped), "skipped"),
    ]  # fmt: skip
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    lines = [
        f"{report.documents} documents in {report.passages} passages: {told}.",
        f"{report.embedded} texts embedded, {report.seconds:.1f} s. "
        f"Index: {printable_line(report.index)}",
    ]
    if report.skipped:
        lines.append("Skipped (quoth status lists them all):")
        shown = [f"  {printable_line(s.path)}: {s.reason}" for s in report.skipped[:5]]
        lines += shown + (["  ..."] if len(report.skipped) > len(shown) else [])
    return "\n".join(lines) + "\n"
