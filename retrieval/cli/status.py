"""``quoth status``: what is indexed, what was skipped, and whether it is up to date."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_OK, CorpusError
from ..printable import printable_line
from ..settings import Settings
from . import common

if TYPE_CHECKING:
    from ..store import StoreInfo

HELP = "show what is indexed and what was skipped"
DESCRIPTION = (
    "Show what an index holds, every skipped file with the reason, and what changed since."
)
EXAMPLES = """\
examples:
  quoth status                          the sample corpus
  quoth status --corpus my-folder
  quoth status --index my.index --json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--json", action="store_true", help="write JSON, every document included")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Show the state of the index."""
    status = collect(common.index_of(settings), settings)
    if args.json:
        common.write_json(status)
    else:
        common.write(status_text(status))
    return EXIT_OK


def collect(index: Path, settings: Settings) -> dict[str, Any]:
    """Return everything known of an index, as JSON.

    Raises:
        QuothError: there is no index, or it cannot be read.
    """
    from ..freshness import changes
    from ..reading import corpus_root
    from ..store import open_snapshot

    snapshot = open_snapshot(index)
    try:
        info = snapshot.info
        differs: dict[str, Any] | None = None
        gone: str | None = None
        try:
            differs = {
                kind: list(paths)
                for kind, paths in changes(corpus_root(info.corpus), snapshot, settings).items()
            }
        except CorpusError as error:
            gone = error.message
        return {
            "index": str(info.path), "corpus": str(info.corpus), "format": info.format,
            "generation": info.generation, "fingerprint": info.fingerprint,
            "model": info.encoder.name, "dimensions": info.encoder.dim,
            "precision": info.encoder.precision,
            "indexed_at": info.indexed_at, "passages": info.passages, "sentences": info.sentences,
            "bytes": sum(path.stat().st_size for path in info.path.rglob("*") if path.is_file()),
            "documents": [d.to_dict() for d in snapshot.documents()],
            "skipped": [s.to_dict() for s in snapshot.skipped()],
            "changes": differs, "corpus_problem": gone,
            "lists": snapshot.lists(), "recall": _recall(info),
        }  # fmt: skip
    finally:
        snapshot.close()


def _recall(info: StoreInfo) -> dict[str, Any] | None:
    """Return what ``quoth doctor`` measured last."""
    from ..recall import kept

    found = kept(info.path)
    if found is None:
        return None
    measured, fingerprint = found
    return {**asdict(measured), "current": fingerprint == info.fingerprint}


def status_text(status: dict[str, Any]) -> str:
    """Say it in lines."""
    age = _age(time.time() - status["indexed_at"])
    lines = [
        f"corpus    {printable_line(status['corpus'])}",
        f"index     {printable_line(status['index'])} "
        f"({status['bytes'] / 1e6:.1f} MB, format {status['format']})",
        f"model     {printable_line(status['model'])}, {status['dimensions']} dimensions, "
        f"documents in {status['precision']}",
        f"indexed   {age} ago, fingerprint {status['fingerprint'][:12]}",
        f"holds     {len(status['documents'])} documents, {status['passages']} passages",
    ]
    if status["lists"]:
        lines.append(_search_line(status["recall"]))
    lines.append(_changes_line(status))
    if status["skipped"]:
        lines.append(f"skipped   {len(status['skipped'])}")
        lines += [
            f"          {printable_line(s['path'])}: {s['reason']}" for s in status["skipped"]
        ]
    else:
        lines.append("skipped   nothing")
    return "\n".join(lines) + "\n"


def _search_line(recall: dict[str, Any] | None) -> str:
    if recall is None:
        return "search    by lists; quoth doctor measures how much of exact search they find"
    when = "" if recall["current"] else ", before the last change"
    return f"search    by lists; finds {recall['recall']:.1%} of exact search{when}"


def _changes_line(status: dict[str, Any]) -> str:
    if status["changes"] is None:
        return f"changes   unknown: {printable_line(status['corpus_problem'])}"
    counts = ", ".join(f"{len(paths)} {kind}" for kind, paths in status["changes"].items() if paths)
    if not counts:
        return "changes   none: the index is up to date"
    folder, index = printable_line(status["corpus"]), printable_line(status["index"])
    return f"changes   {counts} since then; run: quoth index {folder} --index {index}"


def _age(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{max(0, seconds):.0f} seconds"
