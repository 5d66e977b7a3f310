"""From a question and the turns before it to weighed sentences."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .encoder import Encoder, PairEncoder, Reranker, Vectors
from .evidence import Choice, Wants, read_again, spread, weigh
from .filters import Where
from .followups import Shown, Understood, understand
from .query import Query, check_text, parse_query
from .search import Ranked, rank
from .spelling import corrected
from .store import Snapshot
from .store.base import Rows
from .timing import Stopwatch

DEPTH = 20
"""Passages ranked for an answer, however few quotes are shown."""
_AROUND = 100
"""Passages among which repeats of the quotes are looked for."""
_KEPT = 256
"""Questions whose first quotes are kept, so that a conversation finds its own turns again."""
_BLOCK = 16
"""A conversation is remembered from the block of this many turns before its last whole one on."""
_ALL = 5
"""Quotes of an earlier answer that "more" leaves out."""
_REREAD = 16
"""Sentences that a reranker reads."""
_REPEATED = 0.03
"""Taken off the score of a quote that was shown already."""
_SPOKEN = 0.3
"""Added, where somebody asks who said it, to what stands by the quote and names a speaker."""
_BY = 600
"""Characters around a quote within which its speaker is named."""
_SPEAKS = re.compile(
    r"\b(?:said|says|told|added|claimed|stated|wrote|according to|spokes\w+)\b", re.IGNORECASE
)


_Asked = tuple[str, tuple[str, ...], Where | None]


@dataclass(frozen=True, slots=True)
class Found:
    """What a question led to, before anything is cited."""

    query: Query
    understood: Understood
    ranked: Sequence[Ranked]
    """The passages whose sentences were weighed, best first."""
    rows: Rows
    """Of these and further ones, among which their quotes may be repeated."""
    choices: Sequence[Choice]
    """Best first."""

    @property
    def read(self) -> bool:
        """Whether the pair encoder read the best of them."""
        return any(choice.features.pair for choice in self.choices)


class Engine:
    """Searches one committed state. One thread uses it at a time."""

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: Encoder,
        weights: Mapping[str, float],
        limit: int,
        reader: Reranker | PairEncoder | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._encoder = encoder
        self.weights = weights
        self._limit = limit
        self._reader = reader
        self._first: OrderedDict[_Asked, tuple[Shown, ...]] = OrderedDict()

    def understand(self, question: str, history: Sequence[str], where: Where | None) -> Understood:
        """Resolve a question against the conversation, and what was shown in it."""
        for earlier in history:
            check_text(earlier, self._limit)
        recent = _recent(history)
        read = [corrected(self._snapshot, text) for text in (*recent, question)]
        understood = understand(read[-1], read[:-1], self._shown(recent, where))
        before = len(history) - len(recent)
        carried = (replace(each, turn=each.turn + before) for each in understood.carried)
        return replace(understood, carried=tuple(carried))

    def vector(self, understood: Understood) -> Vectors:
        """Return the weighted sum of the parts' vectors, (dim,) float32."""
        vector = np.zeros(self._snapshot.info.encoder.dim, np.float32)
        encoded = self._encoder.encode_queries([text for text, _ in understood.parts])
        for found, (_, weight) in zip(encoded, understood.parts, strict=True):
            vector += found * np.float32(weight)
        return vector

    def rank(
        self, query: Query, understood: Understood, vector: Vectors, k: int, where: Where | None
    ) -> list[Ranked]:
        """Return the ``k`` best passages."""
        return rank(
            self._snapshot,
            vector,
            understood.parts,
            max(1, k),
            phrases=query.phrases,
            allowed=self.allowed(where),
        )

    def allowed(self, where: Where | None) -> Rows | None:
        """Return the rows that a filter lets pass; None for all."""
        if where is None:
            return None
        return self._snapshot.rows_of(where.select(self._snapshot.known()))

    def find(
        self,
        question: str,
        history: Sequence[str] = (),
        where: Where | None = None,
        watch: Stopwatch | None = None,
    ) -> Found:
        """Weigh the sentences of the best passages for a question.

        Raises:
            QuestionError: the question is empty or too long.
        """
        timed = watch or Stopwatch()
        query = parse_query(question, self._limit)
        with timed("conversation"):
            understood = self.understand(question, history, where)
        with timed("encode"):
            vector = self.vector(understood)
        with timed("search"):
            best = self.rank(query, understood, vector, _AROUND, where)
            ranked, rows = best[:DEPTH], np.array([hit.row for hit in best], np.int64)
        with timed("evidence"):
            own = understood.parts[0][0]
            wants = Wants.of(self._snapshot, own, understood.parts[:2], vector)
            choices = weigh(self._snapshot, ranked, wants, self.weights)
        with timed("read"):
            choices = self._read(understood, choices)
        with timed("evidence"):
            quotes = _ALL if understood.more else 1
            choices = _after(choices, understood, self._shown(_recent(history), where, quotes))
        self._keep(question, history, where, choices)
        return Found(query, understood, ranked, rows, choices)

    def _read(self, understood: Understood, choices: list[Choice]) -> list[Choice]:
        """Put the best sentences in the order of what reads them with the question."""
        if self._reader is None:
            return choices
        if not isinstance(self._reader, PairEncoder):
            return _reread(self._reader, understood.text, choices)
        if understood.leaning:
            return choices  # its words alone do not say what is asked
        asked = understood.parts[0][0]
        return read_again(
            self._snapshot, self._reader, asked, choices, self.weights.get("pair", 0.0)
        )

    def _shown(self, history: Sequence[str], where: Where | None, quotes: int = 1) -> list[Shown]:
        """Return the first quotes of each earlier answer, oldest turn first."""
        shown = []
        for turn in range(1, len(history) + 1):
            if not _has_words(history[turn - 1]):
                continue
            first = self._quotes(history[turn - 1], history[: turn - 1], where)
            shown += [replace(each, turn=turn) for each in first[:quotes]]
        return shown

    def _quotes(self, asked: str, before: Sequence[str], where: Where | None) -> Sequence[Shown]:
        key = (asked, tuple(before), where)
        if key not in self._first:
            self.find(asked, before, where)
        self._first.move_to_end(key)
        return self._first[key]

    def _keep(
        self, asked: str, before: Sequence[str], where: Where | None, choices: Sequence[Choice]
    ) -> None:
        """Remember the first quotes alone: what else was found holds whole documents."""
        turn = len(before) + 1
        self._first[asked, tuple(before), where] = tuple(
            Shown(turn, c.passage.document.path, c.core, c.end, c.quote)
            for c in spread(choices, _ALL)
        )
        if len(self._first) > _KEPT:
            self._first.popitem(last=False)


def _reread(reranker: Reranker, question: str, choices: Sequence[Choice]) -> list[Choice]:
    """Put the best sentences in the order that a cross-encoder gives them."""
    best, rest = choices[:_REREAD], choices[_REREAD:]
    scores = reranker.scores(question, [choice.quote for choice in best])
    again = [replace(c, score=score) for c, score in zip(best, scores, strict=True)]
    again.sort(key=lambda c: (-round(c.score, 6), c.passage.document.path, c.start))
    lowest = min(scores, default=0.0)
    return [*again, *(replace(choice, score=lowest - 1.0 + choice.score) for choice in rest)]


def _recent(history: Sequence[str]) -> Sequence[str]:
    """Return the turns that are remembered, the same ones for the length of a block.

    Each turn depends on those before it, so that all of them are asked again where they
    are not kept; a beginning that moved with every turn would make that every time.
    """
    return history[max(0, len(history) // _BLOCK - 1) * _BLOCK :]


def _has_words(text: str) -> bool:
    """Say whether a text holds a word to look for."""
    return bool(re.search(r"\w", text))


def _after(
    choices: Sequence[Choice], understood: Understood, shown: Sequence[Shown]
) -> list[Choice]:
    """Put what was shown already behind what is new, and the speaker of a quote first."""
    if not shown:
        return list(choices)
    last = shown[-1]
    changed = []
    for choice in choices:
        path, score = choice.passage.document.path, choice.score
        repeated = any(
            each.path == path and each.start < choice.end and choice.core < each.end
            for each in shown
        )
        near = path == last.path and abs(choice.core - last.end) < _BY
        if understood.speaker:
            score += _SPOKEN if near and _SPEAKS.search(choice.quote) else 0.0
        elif understood.leaning and repeated:
            score -= 1.0 if understood.more else _REPEATED
        changed.append(replace(choice, score=score))
    changed.sort(key=lambda c: (-round(c.score, 6), c.passage.document.path, c.start))
    return changed
