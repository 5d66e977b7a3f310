"""``quoth eval init``: start a question set for one's own folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from retrieval.cli.common import write
from retrieval.errors import EXIT_OK
from retrieval.settings import Settings

from ..starting import start

DESCRIPTION = """\
Start a question set for your own folder: a commented file with a few examples that
quote your documents. Nothing is written into the folder itself."""
EXAMPLES = """\
examples:
  quoth eval init my-folder
  quoth eval init my-folder --output my-questions.jsonl
  quoth eval run --questions my-questions.jsonl"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``quoth eval init``."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="the folder of documents")
    parser.add_argument(
        "--output", metavar="FILE", type=Path, default=Path("questions.jsonl"),
        help="the file to write; questions.jsonl by default",
    )  # fmt: skip


def run(args: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Write the file.

    Raises:
        QuothError: the folder cannot be used, or the file is there already.
    """
    count = start(args.folder, args.output)
    write(
        f"Wrote {args.output} with {count} examples. Put your own questions in their place, then:\n"
    )
    write(f"  quoth eval run --questions {args.output}\n")
    return EXIT_OK
