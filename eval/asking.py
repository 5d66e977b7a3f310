"""The ways to ask: the whole product, its search alone, and plain rankings to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from retrieval.search import Fusion, rank

from .records import Place, Question, Unit

if TYPE_CHECKING:
    from retrieval.conversation import Conversation
    from retrieval.records import Hit
    from retrieval.retriever import Retriever
    from retrieval.settings import Settings

Way = Literal["dense", "lexical", "hybrid", "search", "full"]
WAYS: tuple[Way, ...] = ("dense", "lexical", "hybrid", "search", "full")

RANKED = 50
"""Units kept of a ranking."""
QUOTES = 10
"""Quotes asked for, so that MRR@10 can be told; those beyond the setting ``k`` are not "shown"."""

_PLAIN: Mapping[str, Mapping[str, float]] = {
    "dense": {"dense": 1.0},
    "lexical": {"lexical": 1.0},
    "hybrid": {"dense": 1.0, "lexical": 1.6},
}
"""Of a hybrid: 0.6 z(dense) + 0.4 z(lexical), with the spreads that both have on public sets."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a way of asking gave."""

    answer: dict[str, Any] | None
    """The contract's JSON; None for a way that only ranks."""
    ranking: tuple[str, ...]
    """Units, best first, once each."""
    top: float
    """The confidence, or the best score of a way that has none."""


class Asker(Protocol):
    """Asks one question after another."""

    def ask(self, question: Question) -> Reply:
        """Ask a question, after the earlier ones of its conversation."""
        ...


def asker(way: Way, retriever: Retriever, settings: Settings, unit: Unit) -> Asker:
    """Return the way of asking with this name."""
    if way == "full":
        return Full(retriever, unit)
    if way == "search":
        return Search(retriever, unit)
    return Plain(retriever, settings, unit, way)


def unit_name(unit: Unit, path: str, start: int, end: int) -> str:
    """Return what a document or a passage is called in a ranking."""
    return path if unit == "document" else f"{path}:{start}-{end}"


class Full:
    """The product as people use it: a conversation, replayed turn by turn."""

    def __init__(self, retriever: Retriever, unit: Unit) -> None:
        self._retriever = retriever
        self._unit: Unit = unit
        self._conversation: Conversation | None = None

    def ask(self, question: Question) -> Reply:
        """Ask after the earlier questions; evidence ranks before what was only found."""
        conversation = self._after(question.history)
        answer = conversation.ask(question.text, k=QUOTES)
        passages = [
            Place(citation.path, item.passage.start, item.passage.end)
            for item in answer.evidence
            for citation in (item.citations if self._unit == "document" else item.citations[:1])
        ]
        hits = self._retriever.search(question.text, RANKED, history=question.history)
        names = [unit_name(self._unit, p.path, p.start, p.end) for p in passages]
        ranking = tuple(dict.fromkeys([*names, *_hit_names(hits, self._unit)]))[:RANKED]
        return Reply(answer.to_dict(), ranking, answer.confidence)

    def _after(self, history: Sequence[str]) -> Conversation:
        """Go on with the last conversation if it led here, or have the earlier turns again."""
        now = self._conversation
        if now is None or tuple(history[: len(now.history)]) != now.history or not now.history:
            now = self._conversation = self._retriever.conversation()
        for earlier in history[len(now.history) :]:
            now.ask(earlier)
        return now


class Search:
    """The product's ranking of passages, without choosing evidence."""

    def __init__(self, retriever: Retriever, unit: Unit) -> None:
        self._retriever = retriever
        self._unit: Unit = unit

    def ask(self, question: Question) -> Reply:
        """Search with the conversation's earlier questions."""
        hits = self._retriever.search(question.text, RANKED, history=question.history)
        ranking = tuple(dict.fromkeys(_hit_names(hits, self._unit)))
        return Reply(None, ranking, hits[0].score if hits else 0.0)


class Plain:
    """A baseline: fixed weights, the last question alone."""

    def __init__(self, retriever: Retriever, settings: Settings, unit: Unit, way: str) -> None:
        from retrieval.encoder import load_encoder

        used = replace(settings, model=retriever.info.encoder.name)
        self._snapshot, self._encoder, self._unit = retriever.snapshot, load_encoder(used), unit
        none = {part.name: 0.0 for part in fields(Fusion)}
        self._fusion = Fusion(**{**none, **_PLAIN[way]})

    def ask(self, question: Question) -> Reply:
        """Rank every candidate by the weighted scores."""
        vector = self._encoder.encode_queries([question.text])[0]
        texts = ((question.text, 1.0),)
        ranked = rank(self._snapshot, vector, texts, RANKED, fusion=self._fusion)
        names = [
            unit_name(self._unit, passage.document.path, passage.start, passage.end)
            for item in ranked
            if item.score > 0
            for passage in self._snapshot.passages(item.row)
        ]
        return Reply(None, tuple(dict.fromkeys(names)), ranked[0].score if ranked else 0.0)


def _hit_names(hits: Sequence[Hit], unit: Unit) -> list[str]:
    return [unit_name(unit, h.passage.document.path, h.passage.start, h.passage.end) for h in hits]
