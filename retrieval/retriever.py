"""The facade: open an index, search it, ask it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from . import freshness
from .answering import answer, rare_terms
from .building import PathLike, build_index, with_model_of
from .citing import Prover
from .confidence import ConfidenceModel, calibration_for, load_calibration
from .conversation import Conversation
from .encoder import Encoder, load_encoder, own_pair_encoder, second_look
from .engine import Engine
from .errors import IndexBusyError, IndexMismatchError, SettingsError
from .filters import Where, WhereLike, to_where
from .indexing import ProgressCallback, default_index_dir
from .query import Query, parse_query
from .reading import corpus_root
from .records import Answer, Hit, Searched
from .search import Ranked
from .settings import Settings, load_settings
from .shelf import Shelf
from .store import Snapshot, StoreInfo, open_snapshot
from .timing import Stopwatch

QueryLike = str | tuple[str, Sequence[str]]


class Retriever:
    """Searches one index and answers from it. Safe to share between threads.

    Make one with :meth:`open` or :meth:`for_corpus`; use it as a context manager.
    """

    def __init__(self, snapshot: Snapshot, encoder: Encoder, settings: Settings) -> None:
        self._snapshot = snapshot
        self._settings = settings
        self._prover = Prover(snapshot.info.corpus)
        self._shelf = Shelf(snapshot, settings)
        self._confidence: ConfidenceModel | None = None
        self._unread: ConfidenceModel | None = None
        named = second_look(settings.reranker, settings.reader, settings.device)
        self._paired = settings.paired
        reader = own_pair_encoder(settings.threads) if self._paired else named
        limit = settings.max_question_chars
        self.engine = Engine(snapshot, encoder, self._weights(), limit, reader)
        """Finds and weighs what answers; its weights may be replaced."""
        self._lock = threading.RLock()

    @classmethod
    def open(cls, index: PathLike, *, settings: Settings | None = None) -> Retriever:
        """Open an index as it was last committed.

        Raises:
            IndexMissingError, IndexMismatchError, IndexDamagedError, ModelError.
        """
        path = Path(index)
        snapshot = open_snapshot(path)
        try:
            used = with_model_of(path, settings or load_settings(), snapshot.info)
            if used.paired:
                own_pair_encoder(used.threads)  # opens beside the model
            encoder = load_encoder(used)
            _refuse_other_encoder(snapshot.info, encoder)
            # The model is read now, so that a damaged one is told before anything is asked.
            encoder.encode_queries([""])
        except BaseException:
            snapshot.close()
            raise
        return cls(snapshot, encoder, used)

    @classmethod
    def for_corpus(
        cls,
        folder: PathLike,
        *,
        index: PathLike | None = None,
        progress: ProgressCallback | None = None,
        settings: Settings | None = None,
    ) -> Retriever:
        """Open the index of a folder, building or refreshing it first where needed.

        Raises:
            QuothError: as for :func:`build_index` and :meth:`open`.
        """
        used = settings or load_settings()
        root = corpus_root(folder)
        target = Path(index) if index is not None else default_index_dir(used, root)
        if freshness.is_stale(root, target, used):
            try:
                build_index(root, target, progress=progress, settings=used)
            except IndexBusyError:
                # Somebody is bringing it up to date already: what was committed before can be
                # asked meanwhile, and citations of files that changed say so.
                if freshness.committed_info(target) is None:
                    raise
        return cls.open(target, settings=used)

    @property
    def confidence(self) -> ConfidenceModel:
        """What judges the answers; another may take its place.

        Raises:
            SettingsError, CalibrationError: there is none for the index's model.
        """
        if self._confidence is None:
            self._confidence = calibration_for(
                self.info.encoder.name, self._settings.calibration, pair=self._paired
            )
            if self._settings.calibration is None:
                self._unread = load_calibration(pair=False)
        return self._confidence

    @confidence.setter
    def confidence(self, model: ConfidenceModel) -> None:
        self._confidence, self._unread = model, None

    @property
    def info(self) -> StoreInfo:
        """What the index is and was made from."""
        return self._snapshot.info

    @property
    def snapshot(self) -> Snapshot:
        """The committed state that is searched."""
        return self._snapshot

    @property
    def shelf(self) -> Shelf:
        """The documents behind the index."""
        return self._shelf

    def search(
        self, query: str, k: int = 10, *, history: Sequence[str] = (), where: WhereLike = None
    ) -> list[Hit]:
        """Return the best passages for a query, best first.

        Args:
            query: words in double quotation marks must stand in a passage as they are.
            k: how many; more than there are is no error.
            history: earlier questions, oldest first.
            where: a path pattern, several, or a :class:`Where`.

        Raises:
            QuestionError: the query is empty or too long.
        """
        return self.search_many([(query, history)], k, where=where)[0]

    def search_many(
        self, queries: Iterable[QueryLike], k: int = 10, *, where: WhereLike = None
    ) -> list[list[Hit]]:
        """Return for each query what :meth:`search` would; encodes them in one batch.

        Args:
            queries: texts, or pairs of a text and its history.
            k: hits for each.
            where: one filter for all.
        """
        pairs = [(q, ()) if isinstance(q, str) else (q[0], q[1]) for q in queries]
        limit, filter_ = self._settings.max_question_chars, to_where(where)
        read = [parse_query(text, limit) for text, _ in pairs]
        with self._lock:
            found = []
            for query, (text, history) in zip(read, pairs, strict=True):
                understood = self.engine.understand(text, history, filter_)
                vector = self.engine.vector(understood)
                ranked = self.engine.rank(query, understood, vector, k, filter_)
                found.append(self._hits(ranked, k))
            return found

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        where: WhereLike = None,
        k: int | None = None,
    ) -> Answer:
        """Answer a question with verbatim quotes and proved citations, or say there are none.

        Args:
            question: see :meth:`search`.
            history: earlier questions, oldest first.
            where: see :meth:`search`.
            k: the most quotes to give; None for the setting.

        Raises:
            QuestionError: the question is empty or too long.
            IndexDamagedError: the index disagrees with an unchanged source.
        """
        watch = Stopwatch()
        filter_ = to_where(where)
        with self._lock:
            found = self.engine.find(question, history, filter_, watch)
            with watch("count"):
                searched = self._searched(found.query, filter_)
            quotes = max(1, self._settings.k if k is None else k)
            judge = self.confidence
            if not found.read and self._unread is not None:
                judge = self._unread  # as measured where nothing reads
            return answer(self._snapshot, found, searched, self._prover, judge, quotes, watch)

    def conversation(self, *, where: WhereLike = None) -> Conversation:
        """Start a conversation, which keeps its own history."""
        return Conversation(self, where)

    def close(self) -> None:
        """Let go of the index."""
        self._snapshot.close()

    def __enter__(self) -> Retriever:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _weights(self) -> Mapping[str, float]:
        """Return the weights measured for the model, or else those of quoth's own model."""
        try:
            found = load_calibration(self._settings.calibration, pair=self._paired)
        except SettingsError:  # to search, no calibration is needed
            found = load_calibration(pair=self._paired)
        return found.evidence

    def _searched(self, query: Query, where: Where | None) -> Searched:
        info, allowed = self._snapshot.info, self.engine.allowed(where)
        documents = info.documents if where is None else len(where.select(self._snapshot.known()))
        passages = info.passages if allowed is None else len(allowed)
        return Searched(documents, passages, info.skipped, rare_terms(self._snapshot, query))

    def _hits(self, ranked: Sequence[Ranked], k: int) -> list[Hit]:
        hits = [
            Hit(passage, round(item.score, 6), 0, {n: round(v, 6) for n, v in item.parts.items()})
            for item in ranked
            for passage in self._snapshot.passages(item.row)
        ]
        hits.sort(key=lambda h: (-h.score, h.passage.document.path, h.passage.start))
        return [replace(hit, rank=number) for number, hit in enumerate(hits[: max(0, k)], start=1)]


def _refuse_other_encoder(info: StoreInfo, encoder: Encoder) -> None:
    if info.encoder.asked.id == encoder.spec.asked.id:
        return
    raise IndexMismatchError(
        f"The index {info.path} was made with the model {info.encoder.name}, "
        f"which gives other vectors than {encoder.spec.name} here.",
        f"Run: quoth index {info.corpus} --index {info.path} --model {encoder.spec.name}",
    )
