"""``quoth search``: list the passages that match."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from ..errors import EXIT_NOT_FOUND, EXIT_OK
from ..printable import printable
from ..settings import Settings
from . import common, render
from .ask import positive

HELP = "list the passages that match"
DESCRIPTION = "Rank passages for one or more queries, by meaning and by words together."
EXAMPLES = """\
examples:
  quoth search "police targets"
  quoth search '"Home Office"' --k 3            the phrase must be there
  quoth search "first query" "second query" --json
exit status: 0 found, 1 nothing matches."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("query", metavar="QUERY", nargs="+", help="what to search for")
    parser.add_argument(
        "--k", metavar="N", type=positive, default=10, help="how many passages (10)"
    )
    common.add_filter_arguments(parser)
    parser.add_argument("--json", action="store_true", help="write JSON, one object a query")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Search and return the exit status."""
    where = common.where_from(args)
    with common.open_retriever(replace(settings, pair=False)) as retriever:  # nothing is read
        results = retriever.search_many(args.query, args.k, where=where)
    safe = printable if sys.stdout.isatty() else str
    for query, hits in zip(args.query, results, strict=True):
        if args.json:
            common.write_json({"query": query, "hits": [hit.to_dict() for hit in hits]})
            continue
        if len(args.query) > 1:
            common.write(f"{query}\n\n")
        common.write_drawn(render.hits_text(hits, safe, color=common.use_color(settings)))
    return EXIT_OK if any(results) else EXIT_NOT_FOUND
