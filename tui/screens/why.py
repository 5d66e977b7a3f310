"""The plain figures behind a passage: scores, words, model, thresholds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from textual import work
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from retrieval import QuothError

from ..talk import place_of
from ..text import joined, line, literal, row
from ..widgets.card import Card
from .dialog import Dialog


class WhyScreen(Dialog[None]):
    """Numbers, no adjectives."""

    HEADING = "Why this passage"

    def __init__(self, card: Card) -> None:
        super().__init__()
        self._card = card

    def body(self) -> Iterable[Widget]:
        """Build the figures that the answer holds; the search's follow."""
        yield VerticalScroll(
            *(
                Horizontal(
                    Static(line(name), classes="label"),
                    Static(line(value), classes="value"),
                    classes="figure",
                )
                for name, value in self._figures()
            ),
            Static(
                line("searching again for the parts of the score …", "$quiet italic"), id="parts"
            ),
        )

    def on_mount(self) -> None:
        """Look up the parts of the passage's score."""
        self._look_up()

    def _figures(self) -> Iterable[tuple[str, str]]:
        answer, item = self._card.turn.answer or {}, self._card.item
        facts = self.quoth.facts
        low = item["quote"].casefold()
        terms = answer["searched"]["terms"]
        yield "searched for", answer["understood_as"]
        yield "quotation", f"{self._card.number} of {len(self._card.turn.evidence)}"
        yield "score", f"{item['score']:.6f}"
        yield "confidence", f"{answer['confidence']:.4f}"
        if facts is not None:
            yield (
                "thresholds",
                (f"answered from {facts.thresholds[0]:.4f}, shown from {facts.thresholds[1]:.4f}"),
            )
        yield (
            "rare words",
            ", ".join(
                f"“{word}” {number}×{' in the quotation' if word.casefold() in low else ''}"
                for word, number in terms.items()
            )
            or "none",
        )
        yield "stands at", f"{item['citations'][0]['path']}, {place_of(item['citations'][0])}"
        yield "sha256", item["citations"][0]["sha256"]
        yield "model", answer["index"]["model"]
        yield "index", answer["index"]["fingerprint"]
        yield "time", ", ".join(f"{k} {v:.1f} ms" for k, v in answer["timings"].items())

    @work(exclusive=True, exit_on_error=False)
    async def _look_up(self) -> None:
        answer, first = self._card.turn.answer or {}, self._card.item["citations"][0]
        told = line("The passage is not among the first 20 of this query alone.", "$quiet")
        try:
            hits = await asyncio.to_thread(self.quoth.engine.hits, answer["understood_as"])
        except QuothError as error:
            hits, told = [], line(str(error), "$error")
        for hit in hits:
            at = hit.passage
            if at.document.path == first["path"] and at.start <= first["start"] < at.end:
                scores = {"rank": float(hit.rank), "score": hit.score, **hit.scores}
                rows = [row((f"{name:<15}", "$quiet"), f"{scores[name]:g}") for name in scores]
                told = joined([literal("\nthe passage", "bold"), *rows])
                break
        self.query_one("#parts", Static).update(told)
