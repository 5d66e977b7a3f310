"""Options that name questions and their corpus, and how they are opened."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.cli.common import corpus_of, progress_bar
from retrieval.errors import UsageError
from retrieval.settings import Settings

from .. import beir, corpora, questions
from ..corpora import Corpus
from ..errors import Mistakes
from ..records import QuestionSet

if TYPE_CHECKING:
    from retrieval.retriever import Retriever


@dataclass(frozen=True, slots=True)
class Source:
    """Where questions come from."""

    path: Path
    beir: bool


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--questions`` and ``--beir``."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--questions", metavar="FILE",
        help="a question set: a file, or seeds (the default) or debian, which come with quoth",
    )  # fmt: skip
    group.add_argument(
        "--beir", metavar="FOLDER", type=Path,
        help="a data set in BEIR's layout: corpus.jsonl, queries.jsonl, qrels.tsv",
    )  # fmt: skip


def source_of(args: argparse.Namespace) -> Source:
    """Return what the options name; the shipped questions where they name nothing."""
    if args.beir is not None:
        return Source(args.beir, beir=True)
    return question_file(args.questions or "seeds")


def question_file(name: str) -> Source:
    """Return a set that comes with quoth, or a file."""
    if name in questions.SHIPPED and not Path(name).is_file():
        return Source(questions.shipped(name), beir=False)
    return Source(Path(name), beir=False)


@contextmanager
def opened(source: Source, settings: Settings) -> Iterator[tuple[Retriever, QuestionSet]]:
    """Open the corpus that the questions are about, and load them.

    Raises:
        QuothError: either cannot be used, or they do not belong together.
    """
    corpus = _corpus(source, settings)
    if source.beir:
        wanted = {document.path for document in beir.beir_documents(source.path)}
    else:
        wanted = _named_paths(source.path)
    with corpora.open_corpus(corpus, settings, progress_bar()) as retriever:
        corpora.refuse_other_corpus(retriever, wanted, str(source.path))
        yield retriever, _load(source, retriever)


def _load(source: Source, retriever: Retriever) -> QuestionSet:
    texts: dict[str, str | None] = {}

    def text(path: str) -> str | None:
        if path not in texts:
            document = retriever.snapshot.document(path)
            texts[path] = None if document is None else document.text
        return texts[path]

    load = beir.load_beir if source.beir else questions.load_questions
    return load(source.path, text)


def _corpus(source: Source, settings: Settings) -> Corpus:
    if settings.index is not None and settings.corpus is None:
        return Corpus(None, settings.index)
    if source.beir:
        if settings.corpus is not None:
            raise UsageError(
                "A data set in BEIR's layout brings its own documents.", "Leave out --corpus."
            )
        return corpora.beir_corpus(source.path, settings)
    if settings.corpus is not None:
        return Corpus(settings.corpus, settings.index)
    if source.path == questions.shipped("debian"):
        return corpora.debian_corpus(settings)
    named = questions.named_corpus(source.path)
    return Corpus(corpus_of(settings) if named is None else named, settings.index)


def _named_paths(path: Path) -> set[str]:
    """Return the documents that a set names, as far as it can be read."""
    found = set()
    for _, value in questions.json_lines(path, Mistakes(path)):
        gold = value.get("gold")
        for entry in gold if isinstance(gold, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("path"), str):
                found.add(entry["path"])
    return found
