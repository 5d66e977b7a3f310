"""The command palette: only what applies now, and a second one for documents."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.fuzzy import Matcher

from .text import line, marked, row, shown_line

if TYPE_CHECKING:
    from .app import QuothApp

Run = Callable[[], Any]
_SHOWN = 50
_MOVES = frozenset({
    "app.palette", "ask.up", "ask.newline", "answer.next", "answer.previous",
    *(f"answer.{number}" for number in range(1, 10)),
    "source.down", "source.up", "source.page_down", "source.page_up",
})  # fmt: skip
"""Keys that are only worth pressing."""


class Commands(Provider):
    """Every command whose key works on the screen below, and where the focus is."""

    async def discover(self) -> Hits:
        """Yield every command."""
        for label, keys, help_, run in self._commands():
            yield DiscoveryHit(row(label, (f"  {keys}", "$quiet")), run, label, help_)

    async def search(self, query: str) -> Hits:
        """Yield the commands that match."""
        matcher = Matcher(query)
        for label, keys, help_, run in self._commands():
            score, positions = matcher.fuzzy_search.match(query, label)
            if score > 0:
                told = row(marked(label, positions, "bold $accent"), (f"  {keys}", "$quiet"))
                yield Hit(score, told, run, label, help_)

    def _commands(self) -> Iterator[tuple[str, str, str, Run]]:
        """Yield label, keys, help and what runs it."""
        seen = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if not binding.id or not binding.description or not active.enabled:
                continue
            if binding.id in seen or binding.id in _MOVES:
                continue
            seen.add(binding.id)
            keys = self.app.get_key_display(binding)
            run = partial(self.app.run_action, binding.action, active.node)
            yield binding.description, keys, binding.tooltip, run


class Documents(Provider):
    """Jump to a document by its name."""

    async def startup(self) -> None:
        """List the documents once."""
        app = cast("QuothApp", self.app)
        documents, _ = await asyncio.to_thread(app.engine.documents)
        self._paths = [document.path for document in documents]

    async def discover(self) -> Hits:
        """Yield the first documents."""
        for path in self._paths[:_SHOWN]:
            yield DiscoveryHit(line(path), partial(self._go, path), text=shown_line(path))

    async def search(self, query: str) -> Hits:
        """Yield the documents whose names match."""
        matcher = Matcher(query)
        for path in self._paths:
            score, positions = matcher.fuzzy_search.match(query, path)
            if score > 0:
                yield Hit(
                    score, marked(path, positions, "bold $accent"), partial(self._go, path),
                    shown_line(path),
                )  # fmt: skip

    def _go(self, path: str) -> None:
        cast("QuothApp", self.app).main.open_document(path)
