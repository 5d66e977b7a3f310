"""The only file that knows the lexical engine: candidates by BM25 over stemmed words.

Each segment has an index of its own, which knows the statistics of that segment
alone. The engine is told what a word is worth in the whole state (see ``terms``),
and what it returns is weighed again there.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .layout import damaged
from .tables import Numbers

_HEAP = 64_000_000
_ROW, _WORDS, _EXACT = "row", "words", "exact"


def _schema(tantivy: Any) -> Any:  # noqa: ANN401  (tantivy is imported late)
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field(_ROW, stored=True, indexed=True, fast=True)
    builder.add_text_field(_WORDS, tokenizer_name="quoth_stem", index_option="freq")
    builder.add_text_field(_EXACT, tokenizer_name="quoth_exact", index_option="position")
    return builder.build()


@lru_cache(maxsize=1)
def _analyzers() -> dict[str, Any]:
    import tantivy

    filters = tantivy.Filter

    def analyzer(*, stem: bool) -> Any:  # noqa: ANN401
        builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        builder = builder.filter(filters.remove_long(200)).filter(filters.lowercase())
        builder = builder.filter(filters.ascii_fold())
        return (builder.filter(filters.stemmer("english")) if stem else builder).build()

    return {"quoth_stem": analyzer(stem=True), "quoth_exact": analyzer(stem=False)}


def fold(text: str) -> str:
    """Bring text to the form that is indexed: compatibility characters composed."""
    return unicodedata.normalize("NFKC", text)


def stems(text: str) -> list[str]:
    """Return the words of ``text`` in order, folded and stemmed as they are indexed."""
    return list(_stems(text))


@lru_cache(maxsize=32)  # those of a question are wanted again and again
def _stems(text: str) -> tuple[str, ...]:
    return tuple(_analyzers()["quoth_stem"].analyze(fold(text)))


class LexicalWriter:
    """Writes the lexical index of one segment, passage after passage."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        folder.mkdir(mode=0o700)
        self._document = tantivy.Document
        with _written():
            index = tantivy.Index(_schema(tantivy), path=str(folder))
            for name, analyzer in _analyzers().items():
                index.register_tokenizer(name, analyzer)
            # One thread gives one order of documents.
            self._writer = index.writer(heap_size=_HEAP, num_threads=1)
        self._count = 0

    def add(self, text: str) -> None:
        """Add the next passage."""
        folded = fold(text)
        document = self._document()
        document.add_unsigned(_ROW, self._count)
        document.add_text(_WORDS, folded)
        document.add_text(_EXACT, folded)
        with _written():
            self._writer.add_document(document)
        self._count += 1

    def finish(self) -> None:
        """Write everything; nothing can be added afterwards."""
        with _written():
            self._writer.commit()
            self._writer.wait_merging_threads()


class LexicalIndex:
    """The lexical index of a segment, opened for searching.

    Raises:
        IndexDamagedError: the folder cannot be opened.
    """

    def __init__(self, folder: Path, count: int) -> None:
        import tantivy

        self._tantivy = tantivy
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._count = count
        self._folder = folder
        with _sound(folder):
            index = self._open(folder)
            for name, analyzer in _analyzers().items():
                index.register_tokenizer(name, analyzer)
            index.reload()
            self._searcher = index.searcher()
        if self._searcher.num_docs != count:
            raise damaged(folder)
        self._schema = index.schema

    def close(self) -> None:
        """Remove the copy, where one had to be made."""
        if self._copy is not None:
            self._copy.cleanup()

    def _open(self, folder: Path) -> Any:  # noqa: ANN401
        try:
            return self._tantivy.Index.open(str(folder))
        except ValueError as error:
            if not any(word in str(error) for word in ("PermissionDenied", "ReadOnly")):
                raise
        # The engine takes a lock file to open an index: where none can be made,
        # it opens a copy of its own.
        self._copy = tempfile.TemporaryDirectory(prefix="quoth-")
        for path in folder.iterdir():
            if path.suffix != ".lock":
                shutil.copyfile(path, Path(self._copy.name, path.name))
        return self._tantivy.Index.open(self._copy.name)

    def search(
        self, boosts: Mapping[str, float], limit: int, allowed: Numbers | None = None
    ) -> tuple[Numbers, float]:
        """Return passages that hold any of the stems, and what no other one scores above.

        Args:
            boosts: stems, each with what its BM25 score is multiplied by.
            limit: the most passages returned; fewer are all there are.
            allowed: passages to look among; None for all.
        """
        clauses = [
            (self._tantivy.Occur.Should, self._boosted(stem, boost))
            for stem, boost in boosts.items()
        ]
        query = self._tantivy.Query.boolean_query(clauses)
        if allowed is not None:
            among = self._tantivy.Query.term_set_query(self._schema, _ROW, allowed.tolist())
            among = self._tantivy.Query.const_score_query(among, 0.0)
            must = self._tantivy.Occur.Must
            query = self._tantivy.Query.boolean_query([(must, query), (must, among)])
        hits = self._hits(query, limit)
        lowest = float(hits[-1][0]) if len(hits) == limit else 0.0
        return self._numbers(hits), lowest

    def with_phrase(self, phrase: str) -> Numbers:
        """Return every passage that holds the words of ``phrase`` in a row, ascending."""
        words = _analyzers()["quoth_exact"].analyze(fold(phrase))
        if not words:
            return np.empty(0, np.int64)
        if len(words) == 1:
            query = self._tantivy.Query.term_query(
                self._schema, _EXACT, words[0], index_option="position"
            )
        else:
            query = self._tantivy.Query.phrase_query(self._schema, _EXACT, words)
        return np.sort(self._numbers(self._hits(query, max(1, self._count))))

    def with_similar(self, word: str, distance: int, limit: int) -> Numbers:
        """Return some passages that hold a word at most ``distance`` edits away, ascending."""
        folded = _analyzers()["quoth_exact"].analyze(fold(word))
        if len(folded) != 1:
            return np.empty(0, np.int64)
        query = self._tantivy.Query.fuzzy_term_query(
            self._schema, _EXACT, folded[0], distance=distance, transposition_cost_one=True
        )
        return np.sort(self._numbers(self._hits(query, limit)))

    def document_frequency(self, stem: str) -> int:
        """Return how many passages hold ``stem``."""
        with _sound(self._folder):
            return int(self._searcher.doc_freq(_WORDS, stem))

    def _boosted(self, stem: str, boost: float) -> Any:  # noqa: ANN401
        query = self._tantivy.Query.term_query(self._schema, _WORDS, stem, index_option="freq")
        return query if boost == 1.0 else self._tantivy.Query.boost_query(query, boost)

    def _numbers(self, hits: Any) -> npt.NDArray[np.int64]:  # noqa: ANN401
        with _sound(self._folder):
            values = self._searcher.fast_field_values(_ROW, [address for _, address in hits])
        numbers = np.array(values, np.int64)
        if len(numbers) and int(numbers.max()) >= self._count:
            raise damaged(self._folder)
        return numbers

    def _hits(self, query: Any, limit: int) -> Any:  # noqa: ANN401
        with _sound(self._folder):
            return self._searcher.search(query, limit=limit, count=False).hits


@contextmanager
def _written() -> Iterator[None]:
    """Give what the engine raises for a disk that fails the type it has elsewhere."""
    try:
        yield
    except ValueError as error:
        raise OSError(errno.EIO, str(error)) from error


@contextmanager
def _sound(folder: Path) -> Iterator[None]:
    """Turn what the engine raises over damaged files into an error that names them."""
    try:
        yield
    except (ValueError, OSError, RuntimeError) as error:
        raise damaged(folder) from error
    except BaseException as error:
        # What is a panic in Rust is no Exception in Python, lest it be caught by accident.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(folder) from error
