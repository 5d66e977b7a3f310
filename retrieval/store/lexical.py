"""The only file that knows the lexical engine: BM25 over stemmed words, with tantivy."""

from __future__ import annotations

import shutil
import tempfile
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .layout import damaged

_MAX_TERMS = 512
"""Distinct words of one query that are looked up; the rest of a longer one is ignored."""
_HEAP = 64_000_000
_ROW, _WORDS, _EXACT = "row", "words", "exact"


def _schema(tantivy: Any) -> Any:  # noqa: ANN401  (tantivy is imported late)
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field(_ROW, stored=True, indexed=True, fast=True)
    builder.add_text_field(_WORDS, tokenizer_name="quoth_stem", index_option="freq")
    builder.add_text_field(_EXACT, tokenizer_name="quoth_exact", index_option="position")
    return builder.build()


def _analyzers(tantivy: Any) -> dict[str, Any]:  # noqa: ANN401
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


def write_lexical(folder: Path, texts: Iterable[str]) -> None:
    """Write the lexical index of passages; a text's row is its position."""
    import tantivy

    folder.mkdir()
    index = tantivy.Index(_schema(tantivy), path=str(folder))
    for name, analyzer in _analyzers(tantivy).items():
        index.register_tokenizer(name, analyzer)
    # One thread gives one order of documents, and so the same bytes of answers.
    writer = index.writer(heap_size=_HEAP, num_threads=1)
    for row, text in enumerate(texts):
        folded = fold(text)
        document = tantivy.Document()
        document.add_unsigned(_ROW, row)
        document.add_text(_WORDS, folded)
        document.add_text(_EXACT, folded)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


class LexicalIndex:
    """A tantivy index, opened for searching.

    Raises:
        IndexDamagedError: the folder cannot be opened.
    """

    def __init__(self, folder: Path, count: int) -> None:
        import tantivy

        self._tantivy = tantivy
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._analyzers = _analyzers(tantivy)
        try:
            index = self._open(folder)
            for name, analyzer in self._analyzers.items():
                index.register_tokenizer(name, analyzer)
            index.reload()
            self._searcher = index.searcher()
        except (ValueError, OSError, RuntimeError) as error:
            raise damaged(folder) from error
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
        self, text: str, k: int, allowed: npt.NDArray[np.int64] | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Return rows and BM25 scores of the ``k`` best for any of the words, best first."""
        words = list(dict.fromkeys(self.stems(text)))[:_MAX_TERMS]
        if not words or k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        clauses = [(self._tantivy.Occur.Should, self._term(_WORDS, word)) for word in words]
        query = self._tantivy.Query.boolean_query(clauses)
        if allowed is not None:
            among = self._tantivy.Query.term_set_query(self._schema, _ROW, allowed.tolist())
            among = self._tantivy.Query.const_score_query(among, 0.0)
            must = self._tantivy.Occur.Must
            query = self._tantivy.Query.boolean_query([(must, query), (must, among)])
        return self._run(query, k)

    def with_phrase(self, phrase: str) -> npt.NDArray[np.int64]:
        """Return every row that holds the words of ``phrase`` in a row, ascending."""
        words = self._analyzers["quoth_exact"].analyze(fold(phrase))
        if not words:
            return np.empty(0, np.int64)
        if len(words) == 1:
            query = self._term(_EXACT, words[0])
        else:
            query = self._tantivy.Query.phrase_query(self._schema, _EXACT, words)
        rows, _ = self._run(query, max(1, self._searcher.num_docs))
        return np.sort(rows)

    def stems(self, text: str) -> list[str]:
        """Return the words of ``text`` in order, folded and stemmed as they are indexed."""
        words: list[str] = self._analyzers["quoth_stem"].analyze(fold(text))
        return words

    def document_frequency(self, stem: str) -> int:
        """Return how many passages hold ``stem``."""
        return int(self._searcher.doc_freq(_WORDS, stem))

    def _term(self, field: str, word: str) -> Any:  # noqa: ANN401
        option = "freq" if field == _WORDS else "position"
        return self._tantivy.Query.term_query(self._schema, field, word, index_option=option)

    def _run(self, query: Any, k: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:  # noqa: ANN401
        hits = self._searcher.search(query, limit=k, count=False).hits
        values = self._searcher.fast_field_values(_ROW, [address for _, address in hits])
        rows = np.array(values, np.int64)
        scores = np.array([score for score, _ in hits], np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]
