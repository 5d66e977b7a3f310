"""Prepare the documents that questions are about, in the cache, never in the project."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import CorpusError, StorageError
from retrieval.reading import corpus_root
from retrieval.settings import Settings

from .beir import beir_documents
from .errors import OtherCorpusError, QuestionSetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.indexing import ProgressCallback
    from retrieval.retriever import Retriever

_DEBIAN = Path(__file__).parent / "questions" / "debian.corpus.json"
"""The package's name and version, and of each file its two names and the checksum unpacked."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of documents and where its index belongs."""

    root: Path | None
    """None where only an index is named."""
    index: Path | None
    """None for the place that the folder's own index has."""


def beir_corpus(folder: Path, settings: Settings) -> Corpus:
    """Write each document of a folder in BEIR's layout to a file of its own.

    Raises:
        QuestionSetError: the folder or its corpus.jsonl cannot be used.
        StorageError: the cache cannot be written.
    """
    if not folder.is_dir():
        raise QuestionSetError(
            f"There is no folder {folder}.", "Name one that holds corpus.jsonl and queries.jsonl."
        )
    try:
        digest = hashlib.sha256((folder / "corpus.jsonl").read_bytes()).hexdigest()
    except FileNotFoundError:
        raise QuestionSetError(
            f"There is no corpus.jsonl in {folder}.", "Name a folder in BEIR's layout."
        ) from None
    files = ((d.path, d.content.encode()) for d in beir_documents(folder))
    return _prepared(f"{folder.resolve().name}-{digest[:12]}", files, settings)


def debian_corpus(settings: Settings, folder: Path | None = None) -> Corpus:
    """Unpack the files of Debian's package doc-debian that the set is about.

    Args:
        settings: for the cache.
        folder: where they are installed, if not where Debian puts them.

    Raises:
        CorpusError: the package is not installed, or is of another version.
        StorageError: the cache cannot be written.
    """
    about = json.loads(_DEBIAN.read_text("utf-8"))
    source, name = folder or Path(about["folder"]), f"{about['package']}-{about['version']}"
    files = [
        (file["name"], _unpacked(source / file["installed"], file["sha256"], name))
        for file in about["files"]
    ]
    return _prepared(name, files, settings)


def _unpacked(path: Path, digest: str, package: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorpusError(
            f"The document {path} is not there.",
            "On Debian or Ubuntu: apt-get install doc-debian (some images leave documents out).",
        ) from error
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    if hashlib.sha256(data).hexdigest() != digest:
        raise CorpusError(
            f"The document {path} is not the version that the questions are about.",
            f"They are about {package}.",
        )
    return data


def _prepared(name: str, files: Iterable[tuple[str, bytes]], settings: Settings) -> Corpus:
    home = settings.cache_dir / "eval"
    root = home / "corpora" / name
    if not root.is_dir():
        with _storing(root):
            root.parent.mkdir(parents=True, exist_ok=True)
            # Written elsewhere and renamed whole: an interrupted run leaves no half corpus.
            begun = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=root.parent))
            try:
                for path, data in files:
                    (begun / path).write_bytes(data)
                os.replace(begun, root)
            finally:
                shutil.rmtree(begun, ignore_errors=True)
    model = hashlib.sha256(settings.model.encode()).hexdigest()[:8]
    return Corpus(root, home / "indexes" / f"{name}-{model}")


@contextmanager
def _storing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}.",
            "QUOTH_CACHE_DIR can name a place that can be written to.",
        ) from error


def open_corpus(corpus: Corpus, settings: Settings, progress: ProgressCallback | None) -> Retriever:
    """Open a corpus, building or refreshing its index first where needed.

    Raises:
        QuothError: the folder or the index cannot be used.
    """
    from retrieval.retriever import Retriever

    if corpus.root is None:
        if corpus.index is None:
            raise CorpusError("No corpus is named.", "Name a folder with --corpus.")
        return Retriever.open(corpus.index, settings=settings)
    root = corpus_root(corpus.root)
    return Retriever.for_corpus(root, index=corpus.index, progress=progress, settings=settings)


def refuse_other_corpus(retriever: Retriever, paths: Iterable[str], name: str) -> None:
    """Refuse an index that holds none of the documents that a set is about.

    Raises:
        OtherCorpusError: so that a wrong folder is no table of zeros.
    """
    known, wanted = retriever.snapshot.known(), set(paths)
    if wanted and not wanted & set(known):
        info = retriever.info
        raise OtherCorpusError(
            f"The index {info.path} is of {info.corpus} and holds none of the {len(wanted)} "
            f"documents that {name} is about, such as {min(wanted)}.",
            "Name the questions' own documents with --corpus, or their index with --index.",
        )
