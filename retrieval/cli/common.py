"""What several commands share: common options, settings, corpora, output."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import IndexMissingError
from ..printable import printable
from ..records import Document, Skipped
from ..settings import Settings, load_settings

if TYPE_CHECKING:
    from ..filters import Where
    from ..indexing import ProgressCallback
    from ..retriever import Retriever


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command takes."""
    group = parser.add_argument_group("common options")
    group.add_argument("--corpus", metavar="FOLDER", type=Path, help="the folder of documents")
    group.add_argument("--index", metavar="DIR", type=Path, help="the folder of the index")
    group.add_argument("--model", metavar="NAME", help="an embedding model, by name or by folder")
    again = group.add_mutually_exclusive_group()
    again.add_argument(
        "--reranker", metavar="NAME", help="a cross-encoder that reads the best again"
    )
    again.add_argument("--reader", metavar="NAME", help="an extractive reader that does")
    again.add_argument(
        "--no-pair", dest="pair", action="store_const", const=False,
        help="no model reads the best again: sooner, and worse",
    )  # fmt: skip
    group.add_argument("--device", choices=("auto", "cpu", "cuda"), help="what the model runs on")
    group.add_argument("--debug", action="store_true", help="show the traceback of an error")


def settings_from(args: argparse.Namespace) -> Settings:
    """Return the settings in effect, the command line's first."""
    names = ("corpus", "index", "model", "reranker", "reader", "pair", "device")
    given = {name: getattr(args, name, None) for name in names}
    return load_settings({name: value for name, value in given.items() if value is not None})


def add_filter_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that limit a question to some of the documents."""
    parser.add_argument(
        "--where", metavar="GLOB", action="append", default=[],
        help="only documents whose path matches, as in .gitignore; may be repeated",
    )  # fmt: skip
    parser.add_argument("--since", metavar="DATE", help="only files modified on this day or later")
    parser.add_argument(
        "--until", metavar="DATE", help="only files modified on this day or earlier"
    )


def where_from(args: argparse.Namespace) -> Where | None:
    """Return the filter that the options ask for.

    Raises:
        UsageError: a date is none.
    """
    if not (args.where or args.since or args.until):
        return None
    from ..filters import to_where

    return to_where({"paths": args.where, "after": args.since, "before": args.until})


def corpus_of(settings: Settings) -> Path:
    """Return the folder in effect; the sample corpus where none is named.

    Raises:
        CorpusError: the sample corpus is not installed.
    """
    if settings.corpus is not None:
        return settings.corpus
    from ..places import bundled_corpus

    return bundled_corpus()


def open_retriever(settings: Settings) -> Retriever:
    """Open what the settings name: an index as it is, or a folder's, refreshed.

    Raises:
        QuothError: neither can be opened.
    """
    from ..retriever import Retriever

    if settings.index is not None and settings.corpus is None:
        return Retriever.open(settings.index, settings=settings)
    return Retriever.for_corpus(
        corpus_of(settings), index=settings.index, progress=progress_bar(), settings=settings
    )


def index_of(settings: Settings) -> Path:
    """Return the index folder in effect.

    Raises:
        CorpusError: the folder it belongs to cannot be used.
    """
    if settings.index is not None:
        return settings.index
    from ..indexing import default_index_dir
    from ..reading import corpus_root

    return default_index_dir(settings, corpus_root(corpus_of(settings)))


def progress_bar() -> ProgressCallback:
    """Return a progress display on stderr: a line that is redrawn, or a few plain lines."""
    from .progress import ProgressLine

    return ProgressLine(sys.stderr)


@dataclass(frozen=True, slots=True)
class DocumentFolder:
    """A corpus read straight from its files: no index, no model."""

    root: Path
    documents: Sequence[Document]
    skipped: Sequence[Skipped]

    def load(self, path: str) -> Document | None:
        """Return the document at ``path`` as it was read, or None."""
        return next((document for document in self.documents if document.path == path), None)


def documents_for(args: argparse.Namespace, settings: Settings) -> DocumentFolder:  # noqa: ARG001
    """Read the corpus that a command is about, as its files are now.

    Raises:
        CorpusError: there is none, or nothing in it can be read.
        IndexMissingError: ``--index`` names no index.
    """
    from ..reading import corpus_root, nothing_to_read, read_folder

    if settings.corpus is None and settings.index is not None:
        from ..freshness import committed_info

        info = committed_info(settings.index)
        if info is None:
            raise IndexMissingError(
                f"There is no index in {settings.index}.", "Name the folder itself with --corpus."
            )
        root = corpus_root(info.corpus)
    else:
        root = corpus_root(corpus_of(settings))
    items = list(read_folder(root, int(settings.max_file_mb * 1_000_000)))
    documents = [item for item in items if isinstance(item, Document)]
    skipped = [item for item in items if isinstance(item, Skipped)]
    if not documents:
        raise nothing_to_read(root, len(skipped))
    return DocumentFolder(root, documents, skipped)


def write(text: str) -> None:
    """Write to stdout: exact where it is a file or a pipe, safe to show in a terminal."""
    write_drawn(printable(text) if sys.stdout.isatty() else text)


def write_drawn(text: str) -> None:
    """Write text whose parts from outside are safe already, escape codes of ours included."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None and not sys.stdout.isatty():
        # Data is UTF-8 with its own newlines, whatever the locale.
        reconfigure(encoding="utf-8", newline="", errors="surrogateescape")
    sys.stdout.write(text)
    sys.stdout.flush()


def write_json(value: Mapping[str, Any] | Sequence[Any], *, indent: int | None = 2) -> None:
    """Write JSON to stdout, always exact; control characters are escaped by JSON itself."""
    text = json.dumps(value, ensure_ascii=sys.stdout.isatty(), indent=indent)
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        # A lone surrogate, from a file name that is not UTF-8, becomes JSON's own escape.
        reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def use_color(settings: Settings) -> bool:
    """Say whether stdout should be coloured."""
    if settings.color == "auto":
        return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return settings.color == "always"
