"""The only owner of the retriever: blocking methods, each called from a worker thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval import QuothError

if TYPE_CHECKING:
    from retrieval import (
        Changes,
        Document,
        Hit,
        Listed,
        Place,
        Retriever,
        Settings,
        Skipped,
        Where,
    )

AnswerDict = dict[str, Any]
"""An answer as the contract's JSON has it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is being asked, for the status line."""

    corpus: Path
    bundled: bool
    documents: int
    passages: int
    skipped: int
    model: str
    indexed_at: float
    fingerprint: str
    thresholds: tuple[float, float]
    """Confidence from which an answer is given, and from which passages are shown."""


class NotIndexedError(QuothError):
    """The folder has no index yet."""


class Engine:
    """Opens an index, asks it, and opens the next one when it was refreshed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.RLock()
        self._retriever: Retriever | None = None
        self._place: Place | None = None

    @property
    def ready(self) -> bool:
        """Say whether questions can be asked."""
        return self._retriever is not None

    def place(self) -> Place:
        """Return the corpus and its index.

        Raises:
            CorpusError: the folder cannot be used.
        """
        with self._lock:
            if self._place is None:
                from retrieval import find_place

                self._place = find_place(self.settings)
            return self._place

    def open(self) -> Facts:
        """Open the last committed index.

        Raises:
            NotIndexedError: there is none.
            QuothError: it cannot be opened.
        """
        from retrieval import Retriever

        place = self.place()
        held = self._retriever
        if held is not None:
            info = place.committed()
            if info is not None and held.info.generation == info.generation:
                return self.facts()
        try:
            fresh = Retriever.open(place.index, settings=self.settings)
        except QuothError:
            if place.committed() is None:
                raise NotIndexedError(f"{place.corpus} has no index yet.") from None
            raise
        with self._lock:
            old, self._retriever = self._retriever, fresh
            if old is not None:
                old.close()
        return self.facts()

    def warm(self) -> None:
        """Run the model once: the first run takes several times as long as the second."""
        with self._lock:
            self._open().search("warm up", 1)

    def facts(self) -> Facts:
        """Return what the open index is."""
        with self._lock:
            retriever, place = self._open(), self.place()
            info = retriever.info
            return Facts(
                corpus=info.corpus, bundled=place.bundled, documents=info.documents,
                passages=info.passages, skipped=info.skipped, model=info.encoder.name,
                indexed_at=info.indexed_at, fingerprint=info.fingerprint,
                thresholds=_thresholds(retriever.confidence.status),
            )  # fmt: skip

    def ask(
        self, question: str, history: Sequence[str], excluded: Iterable[str] = ()
    ) -> AnswerDict:
        """Answer a question.

        Raises:
            QuothError: see :meth:`Retriever.ask`.
        """
        with self._lock:
            where = scope(excluded)
            return self._open().ask(question, history=history, where=where).to_dict()

    def hits(self, query: str, k: int = 20) -> list[Hit]:
        """Return ranked passages, for the figures behind an answer."""
        with self._lock:
            return self._open().search(query, k)

    def document(self, path: str) -> Document | None:
        """Return the document at ``path`` as it was indexed, or None."""
        with self._lock:
            return self._open().shelf.document(path)

    def documents(self) -> tuple[Sequence[Listed], Sequence[Skipped]]:
        """Return every document and every skipped file."""
        with self._lock:
            shelf = self._open().shelf
            return shelf.documents(), shelf.skipped()

    def changes(self) -> Changes:
        """Compare the folder with the index."""
        with self._lock:
            shelf = self._open().shelf
        return shelf.changes()

    def cite(self, path: str, start: int, end: int) -> Mapping[str, Any] | None:
        """Return a citation of a slice, as JSON has it."""
        with self._lock:
            citation = self._open().shelf.cite(path, start, end)
            return None if citation is None else citation.to_dict()

    def prove(self, answer: AnswerDict) -> AnswerDict:
        """Return an answer of earlier with each citation's state as it is now."""
        with self._lock:
            state = self._open().shelf.state

            def again(item: Mapping[str, Any]) -> AnswerDict:
                proved = [{**c, "state": state(c, item["quote"])} for c in item["citations"]]
                others = {n: [again(o) for o in item[n]] for n in ("near", "differs") if n in item}
                return {**item, "citations": proved, **others}

            return {**answer, "evidence": [again(item) for item in answer["evidence"]]}

    def close(self) -> None:
        """Let go of the index."""
        with self._lock:
            if self._retriever is not None:
                self._retriever.close()
                self._retriever = None

    def _open(self) -> Retriever:
        if self._retriever is None:
            raise NotIndexedError("The index is not open yet.")
        return self._retriever


def scope(excluded: Iterable[str]) -> Where | None:
    """Return the filter that leaves these paths out."""
    from retrieval import Where

    paths = sorted(excluded)
    return Where(("**", *(f"!/{_escaped(path)}" for path in paths))) if paths else None


def _escaped(path: str) -> str:
    """Write a path so that a pattern means it and nothing else."""
    text = "".join(f"\\{char}" if char in "\\*?[]!# " else char for char in path)
    return text


def _thresholds(status: Callable[[float], str]) -> tuple[float, float]:
    """Find by bisection where the statuses begin, whatever model judges."""
    return _first(lambda c: status(c) == "answered"), _first(lambda c: status(c) != "not_found")


def _first(holds: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return round(high, 4)
