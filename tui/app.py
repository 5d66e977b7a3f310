"""The application: it opens the index, holds what screens share, and ends."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, cast

from textual import work
from textual.command import CommandPalette, Provider
from textual.screen import Screen

from retrieval import Progress, QuothError, Settings, names_bundled

from . import themes
from .engine import AnswerDict, Engine, Facts, NotIndexedError
from .keeper import Keeper
from .keymap import bindings
from .preferences import load_preferences
from .screens.ask import AskScreen
from .talk import Talk, Turn
from .telling import TellingApp
from .widgets.notice import Notice
from .widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from retrieval import Mark

    from .indexer import IndexJob
    from .widgets.indexing_panel import Ended, IndexingPanel

_LOOK_EVERY = 60.0
"""Seconds between two comparisons of the folder with the index."""


def _commands() -> type[Provider]:
    from .commands import Commands

    return Commands


class QuothApp(TellingApp):
    """Ask a folder of documents in a terminal."""

    CSS_PATH = "quoth.tcss"
    TITLE = "quoth"
    BINDINGS = bindings("app")
    COMMANDS = {_commands}

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        super().__init__()
        self.settings = settings
        self.preferences = load_preferences(settings)
        self.engine = engine or Engine(settings)
        """Several applications in one process may share one."""
        self.keeper = Keeper(settings)
        self.facts: Facts | None = None
        """What is open; None until it is."""
        self.bundled = names_bundled(settings)
        self._job: IndexJob | None = None
        self.animation_level = "none"
        themes.dress(self, self.preferences)

    def get_default_screen(self) -> AskScreen:
        """Return the main screen."""
        return AskScreen()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give our variables a value in themes of others."""
        return dict(themes.EVERYWHERE)

    @property
    def main(self) -> AskScreen:
        """The main screen, whatever lies on top of it."""
        return next(screen for screen in self.screen_stack if isinstance(screen, AskScreen))

    @property
    def indexing(self) -> bool:
        """Whether the index is being made or refreshed."""
        return self._job is not None

    def on_mount(self) -> None:
        """Apply the user's keys; the main screen has the index opened once it is drawn."""
        self.set_keymap(dict(self.preferences.keys))
        for problem in self.preferences.problems:
            self.warn(problem)
        self.set_interval(_LOOK_EVERY, self.compare_folder)

    def on_app_focus(self) -> None:
        """Look at the folder when the terminal is come back to."""
        self.compare_folder()

    # --- the index -------------------------------------------------------------

    @work(group="engine", exit_on_error=False)
    async def open_index(self) -> None:
        """Open the last committed index, or begin to make the first."""
        try:
            self.facts = await asyncio.to_thread(self.engine.open)
        except NotIndexedError:
            await self.main.show_indexing()
            self.refresh_index()
        except QuothError as error:
            self.problem(error, self.open_index)
        else:
            self.main.query_one(StatusBar).show_facts(self.facts)
            await self.main.engine_opened()
            if not self.main.talk.turns:
                await asyncio.to_thread(self.engine.warm)
            self.compare_folder()

    @work(group="indexing", exit_on_error=False)
    async def refresh_index(self) -> None:
        """Make the index, or bring it up to date, in a process of its own."""
        if self._job is not None:
            return
        from .indexer import IndexingStopped, IndexJob
        from .widgets.indexing_panel import Ended

        def tell(progress: Progress) -> None:
            self.call_from_thread(self._show_progress, progress)

        try:
            self._job = IndexJob(self.settings, self.engine.place())
            report = await asyncio.to_thread(self._job.run, tell)
        except IndexingStopped:
            self._ended(Ended(None))
        except QuothError as error:
            self._ended(Ended(None, str(error)))
            self.problem(error, self.refresh_index)
        else:
            self._ended(Ended(report))
            self.open_index()

    def stop_indexing(self) -> None:
        """End indexing; what is embedded is kept."""
        if self._job is not None:
            self.run_worker(asyncio.to_thread(self._job.stop), group="stopping")

    @work(group="comparing", exclusive=True, exit_on_error=False)
    async def compare_folder(self) -> None:
        """Show how the folder differs from the index."""
        if not self.engine.ready or self.indexing:
            return
        try:
            changes = await asyncio.to_thread(self.engine.changes)
            facts = await asyncio.to_thread(self.engine.facts)
        except (QuothError, OSError):
            return  # the next question says what is wrong
        if facts != self.facts:  # another window has brought the index up to date
            self.facts = facts
            self.main.query_one(StatusBar).show_facts(facts)
        self.main.query_one(Notice).show_changes(changes)

    def _show_progress(self, progress: Progress) -> None:
        self.main.query_one(StatusBar).show_progress(progress)
        for panel in self._panels():
            panel.show_progress(progress)

    def _panels(self) -> list[IndexingPanel]:
        return [cast("IndexingPanel", found) for found in self.main.query("IndexingPanel")]

    def _ended(self, ended: Ended) -> None:
        self._job = None
        self.main.query_one(StatusBar).show_work("" if self.engine.ready else "no index yet")
        if ended.report is None:
            for panel in self._panels():
                panel.show_ended(ended)
        elif ended.skipped:
            self.warn(ended.skipped)

    # --- keeping ---------------------------------------------------------------

    async def keep(self, talk: Talk, turn: Turn, answer: AnswerDict) -> None:
        """Keep an answer; where that fails, say so and go on."""
        try:
            await asyncio.to_thread(
                self.keeper.keep, talk, turn, answer, self.engine.place().corpus
            )
        except QuothError as error:
            self.warn(f"This answer is not kept. {error}")

    @work(group="draft", exit_on_error=False)
    async def keep_draft(self, session: int, text: str) -> None:
        """Keep what is being written."""
        try:
            await asyncio.to_thread(self.keeper.sessions.set_draft, session, text)
        except QuothError:
            pass  # it was deleted meanwhile, or the disk is full: the answers say so

    def add_mark(self, answer: AnswerDict, mark: Mark, history: Sequence[str]) -> str:
        """Add a marked answer to the user's question set; return where that is."""
        from .marking import add_mark

        corpus = self.engine.place().corpus
        return add_mark(self.settings, self.preferences, corpus, answer, mark, history)

    def action_go_ask(self) -> None:
        """Go to the question box."""
        while not isinstance(self.screen, AskScreen):
            self.pop_screen()
        self.main.remove_class("-full")
        self.main.box.focus()

    async def action_new(self) -> None:
        """Start a new conversation."""
        if isinstance(self.screen, AskScreen):
            await self.main.show_talk(Talk(excluded=self.main.talk.excluded), "")

    def action_source(self) -> None:
        """Open or close the source."""
        if isinstance(self.screen, AskScreen):
            self.main.toggle_source()

    def action_find(self) -> None:
        """Find words in the open source."""
        if isinstance(self.screen, AskScreen) and self.main.has_class("-source"):
            self.main.pane.open_find()

    def action_show(self, name: str) -> None:
        """Open a screen over the main one, not over another."""
        if isinstance(self.screen, AskScreen) and (self.engine.ready or name != "documents"):
            module = import_module(f".screens.{name}", __package__)
            screen: Callable[[], Screen[None]] = module.SCREEN
            self.push_screen(screen())

    def action_help(self) -> None:
        """Show what can be done here."""
        from .screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def action_go_to_document(self) -> None:
        """Search the documents by name."""
        from .commands import Documents

        if self.engine.ready and isinstance(self.screen, AskScreen):
            self.push_screen(CommandPalette(providers=[Documents], placeholder="Open a document …"))

    def action_refresh(self) -> None:
        """Bring the index up to date."""
        self.refresh_index()

    def action_theme(self) -> None:
        """Change between light and dark."""
        self.theme = themes.LIGHT.name if self.current_theme.dark else themes.DARK.name

    async def action_quit(self) -> None:
        """Quit; ask first while indexing."""
        if not self.indexing:
            self._leave(True)
            return
        from .screens.confirm import ConfirmScreen

        self.push_screen(
            ConfirmScreen(
                "The index is being made. Quit?",
                "What is done so far is kept, and the last whole index stays as it is.", "Quit",
            ),
            self._leave,
        )  # fmt: skip

    def _leave(self, sure: bool | None) -> None:
        if sure:
            if self._job is not None:
                self._job.stop()
            self.exit(0)


def run(settings: Settings, engine: Engine | None = None) -> int:
    """Show the terminal UI until it is left; return the exit status."""
    if settings.color == "never":
        os.environ["NO_COLOR"] = "1"
    # What was imported stays: collecting garbage need never look at it again.
    gc.freeze()
    gc.enable()
    app = QuothApp(settings, engine)
    try:
        return app.run() or 0
    finally:
        app.engine.close()
        app.keeper.close()
