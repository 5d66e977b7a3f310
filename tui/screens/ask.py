"""The main screen: the conversation, its source, the box to ask in."""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static, TextArea
from textual.worker import Worker

from retrieval import QuothError

from ..asker import Asker
from ..keymap import actions_of
from ..talk import Talk, Turn
from ..text import line, row
from ..widgets.ask_box import AskBox
from ..widgets.key_line import KeyLine
from ..widgets.notice import Notice
from ..widgets.status_bar import StatusBar
from ..widgets.transcript import Transcript
from ..widgets.welcome import QUESTIONS, Suggested, Welcome
from .dialog import HEIGHTS, WIDTHS
from .reading import ReadingScreen

if TYPE_CHECKING:
    from ..desk import Desk
    from ..widgets.card import Card
    from ..widgets.source_pane import SourcePane
    from ..widgets.turn_view import Chip, Nearest

_DRAFT_AFTER = 0.4
"""Seconds without typing after which a draft is kept."""


class AskScreen(ReadingScreen):
    """Asks, shows, follows."""

    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    AUTO_FOCUS = "#ask"

    def __init__(self) -> None:
        super().__init__("main")
        self.talk = Talk()

    @cached_property
    def desk(self) -> Desk:
        """What carries out the keys of a quotation."""
        from ..desk import Desk

        return Desk(self)

    def compose(self) -> ComposeResult:
        """Build the regions."""
        yield Static(line(""), id="head")
        with Horizontal(id="middle"):
            with Vertical(id="talk"):
                yield Transcript()
                yield Notice()
                yield AskBox()
        yield StatusBar()
        yield KeyLine()

    async def on_mount(self) -> None:
        """Show the welcome."""
        self._asker = Asker(self.quoth, self._answered)
        self.box.actions = actions_of("ask", self.quoth.preferences.keys)
        self.box.way_out = self._way_out
        await self.show_talk(Talk())
        self.quoth.open_index()

    async def show_talk(self, talk: Talk, draft: str | None = None) -> None:
        """Show a conversation, new or restored; without a draft the box stays as it is."""
        self.talk, self.selected = talk, None
        self.remove_class("-source", "-full")
        questions = QUESTIONS if self.quoth.bundled else ()
        self.box.suggesting = 0 if talk.turns else len(questions)
        await self.transcript.restart(talk.turns, Welcome(self.quoth.facts, questions))
        self._show_pins()
        self.show_head()
        if draft is not None:
            self.box.write(draft)
        self.box.focus()
        self.query_one(StatusBar).show_scope(len(talk.excluded))
        if self.transcript.cards:
            self.select(self.transcript.numbered(talk.turns[-1], 1))
        self.call_after_refresh(self.transcript.scroll_end, animate=False)

    @work(group="restoring", exclusive=True, exit_on_error=False)
    async def restore(self, session: int) -> None:
        """Continue a kept conversation, each citation proved again."""
        app = self.quoth
        try:
            talk, draft = await asyncio.to_thread(app.keeper.restore, session)
            if app.engine.ready:
                for turn in talk.turns:
                    if turn.answer is not None:
                        turn.answer = await asyncio.to_thread(app.engine.prove, turn.answer)
        except QuothError as error:
            app.warn(str(error))
            return
        talk.excluded = self.talk.excluded
        await self.show_talk(talk, draft)

    def show_head(self) -> None:
        """Show the title."""
        label = self.talk.label or (self.talk.turns[0].question if self.talk.turns else "")
        self.query_one("#head", Static).update(
            row((" quoth ", "bold reverse $accent"), f"  {label or 'new conversation'}")
        )

    async def show_indexing(self) -> None:
        """Show how far the first index is."""
        if not self.query("IndexingPanel"):
            from ..widgets.indexing_panel import IndexingPanel

            await self.query(Welcome).remove()
            await self.transcript.mount(IndexingPanel(), before=0)

    async def engine_opened(self) -> None:
        """Ask what waited for the index; nothing has a source to show before."""
        if not self.query("SourcePane"):
            from ..widgets.source_pane import SourcePane

            await self.query_one("#middle").mount(SourcePane())
        if self.query("IndexingPanel"):
            await self.query("IndexingPanel").remove()
            if not self.talk.turns:
                await self.show_talk(self.talk)
        for welcome in self.query(Welcome):
            if self.quoth.facts is not None:
                welcome.show(self.quoth.facts)
        self._pump()

    async def ask(self, question: str) -> None:
        """Ask a question, or let it wait for the index."""
        turn = self.talk.add(question)
        self.box.suggesting = 0
        self._asker.add(self.talk, turn)
        ready = self.quoth.engine.ready
        await self.transcript.add(turn, "searching" if ready else "waiting for the documents")
        if len(self.talk.turns) == 1:
            self.show_head()
        self._pump()

    def ask_again(self, turn: Turn) -> None:
        """Ask a turn's question once more; its answer is replaced."""
        self.talk.renew(turn)
        self._asker.add(self.talk, turn)
        self._pump()

    def set_scope(self, excluded: frozenset[str]) -> None:
        """Leave these documents out from now on."""
        self.talk.excluded = excluded
        self.query_one(StatusBar).show_scope(len(excluded))

    def write_question(self, question: str) -> None:
        """Put a question into the box."""
        self.box.write(question)
        self.box.focus()

    @work(group="asking", exit_on_error=False)
    async def _pump(self) -> None:
        """Answer what waits."""
        await self._asker.run()

    async def _answered(self, talk: Talk, turn: Turn) -> None:
        """Show an answer, if its conversation is still the one that is shown."""
        view = self.transcript.view(turn)
        if talk is not self.talk or view is None:
            return
        if turn.problem and not self.box.text:
            self.box.write(turn.question)
        within = self.focused is not None and view in self.focused.ancestors
        await view.redraw()
        if within:
            stops = [stop for stop in self.transcript.stops if view in stop.ancestors]
            self.set_focus(stops[0] if stops else self.box)
        if turn.answer is not None:
            self.query_one(StatusBar).show_time(turn.answer["timings"].get("total", 0.0))
            if turn.status != "not_found":
                self.select(self.transcript.numbered(turn, 1))
            states = {c["state"] for item in turn.evidence for c in item["citations"]}
            if states - {"verified"}:
                self.quoth.compare_folder()
        self.call_after_refresh(
            self.transcript.scroll_to_widget, view, top=True, animate=False, force=True
        )

    def _show_pins(self) -> None:
        for card in self.transcript.every_card:
            card.show_pinned((card.turn.kept, card.number) in self.talk.pins)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show a fault in what ran in the background."""
        self.quoth.show_failure(event)

    def on_key(self, event: events.Key) -> None:
        """Let letters that were typed before anything had the focus go into the box."""
        if self.focused is None and event.is_printable and event.character and self.query(AskBox):
            self.box.insert(event.character)
            self.box.focus()

    @on(AskBox.Sent)
    async def _sent(self, event: AskBox.Sent) -> None:
        await self.ask(event.question)

    @on(AskBox.Suggestion)
    @on(Suggested.Chosen)
    async def _suggested(self, event: AskBox.Suggestion | Suggested.Chosen) -> None:
        await self.ask(QUESTIONS[event.number - 1])

    def _way_out(self) -> Widget | None:
        """Return where the box is left for."""
        stops = self.transcript.stops
        for panel in self.query("IndexingPanel"):
            return panel
        if self.selected in stops:
            return self.selected
        return stops[-1] if stops else None

    @on(TextArea.Changed, "#ask")
    def _typed(self) -> None:
        self.set_timer(_DRAFT_AFTER, self._keep_draft)

    def _keep_draft(self) -> None:
        if self.talk.session is not None:
            self.quoth.keep_draft(self.talk.session, self.box.text)

    def on_card_selected(self, event: Card.Selected) -> None:
        """Follow it."""
        self.select(event.card)

    async def on_card_asked(self, event: Card.Asked) -> None:
        """Do what its key asks for."""
        await self.desk.do(event.card, event.what)

    def step_from(self, card: Card, by: int) -> None:
        """Go to the next quotation, or the one before; after the last, to the box."""
        if not self.transcript.step(card, by) and by > 0:
            self.set_focus(self.box)

    def go_to_number(self, turn: Turn, number: int) -> None:
        """Go to the quotation of a number in a turn."""
        card = self.transcript.numbered(turn, number)
        if card is not None:
            self.set_focus(card)

    def on_indexing_panel_stopped(self) -> None:
        """Stop, keeping what is done."""
        self.quoth.stop_indexing()

    def on_indexing_panel_resumed(self) -> None:
        """Go on where it stopped."""
        self.quoth.refresh_index()

    @on(Notice.Clicked)
    def _refresh(self) -> None:
        self.quoth.refresh_index()

    def on_chip_dropped(self, event: Chip.Dropped) -> None:
        """Ask without what was carried."""
        self.desk.drop(event.turn)

    def on_chip_asked(self, event: Chip.Asked) -> None:
        """Do what its key asks for."""
        self.desk.of_turn(event.turn, event.what)

    def on_nearest_toggled(self, event: Nearest.Toggled) -> None:
        """Fold or unfold it."""
        self.desk.toggle_nearest(event.turn)

    async def on_source_pane_wanted(self, event: SourcePane.Wanted) -> None:
        """Do what the source asks for."""
        if event.what == "leave":
            self.close_source()
        elif event.what == "full" and self.has_class("-wide"):
            self.toggle_class("-full")
        elif event.what == "copy" and self.selected is not None:
            await self.desk.do(self.selected, "copy_quote")
        elif event.what == "edit":
            await self.desk.edit_file(self.pane.path, self.pane.view.line_in_view())
