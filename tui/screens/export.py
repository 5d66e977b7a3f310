"""Save the conversation, or only its tray, to a file."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from textual import on, work
from textual.widget import Widget
from textual.widgets import Checkbox, Input, RadioButton, RadioSet, Static

from retrieval import QuothError

from ..text import count, line
from .confirm import ConfirmScreen
from .dialog import Dialog

if TYPE_CHECKING:
    from retrieval import ExportForm

FORMS = {
    "markdown": (".md", "Markdown, for reading; quoth verify proves it"),
    "text": (".txt", "plain text; quoth verify proves it"),
    "html": (".html", "one page, for sending"),
    "json": (".json", "everything, for programs"),
    "jsonl": (".jsonl", "one answer a line"),
    "csv": (".csv", "one citation a row"),
}  # fmt: skip


class Form(RadioButton):
    """A form to choose; its dot is there or not, whatever the colours."""

    BUTTON_INNER = " "

    def on_mount(self) -> None:
        """Show which is chosen."""
        self.BUTTON_INNER = "●" if self.value else " "

    def watch_value(self) -> None:
        """Show the dot, or take it away."""
        self.BUTTON_INNER = "●" if self.value else " "
        super().watch_value()


class Only(Checkbox):
    """The same, with a cross."""

    BUTTON_INNER = " "

    def watch_value(self) -> None:
        """Show the cross, or take it away."""
        self.BUTTON_INNER = "X" if self.value else " "
        super().watch_value()


class ExportScreen(Dialog[None]):
    """In a terminal it writes the file named; in a browser it becomes a download."""

    HEADING = "Export"
    KEYS = (("tab", "next"), ("space", "choose"), ("enter", "in the name: save"), ("esc", "close"))
    AUTO_FOCUS = "#export-path"

    def body(self) -> Iterable[Widget]:
        """Build the choice of forms, of what, and of where."""
        talk = self.quoth.main.talk
        yield Input(file_name(self._label()) + ".md", id="export-path")
        yield RadioSet(
            *(Form(line(f"{name:<9} {what}"), value=name == "markdown", id=f"form-{name}")
              for name, (_, what) in FORMS.items()),
            id="export-form", compact=True,
        )  # fmt: skip
        yield Only(
            line(f"only what is pinned ({count(len(talk.pins), 'quotation')})"),
            id="export-pins", disabled=not talk.pins, compact=True,
        )  # fmt: skip
        note = "" if talk.session else "Nothing was asked yet: there is nothing to export."
        yield Static(line(note, "$warning"), id="export-note")

    @on(RadioSet.Changed)
    def _other_form(self, event: RadioSet.Changed) -> None:
        box = self.query_one("#export-path", Input)
        suffix = FORMS[(event.pressed.id or "form-markdown").removeprefix("form-")][0]
        known = {ending for ending, _ in FORMS.values()}
        path = Path(box.value)
        box.value = str(path.with_suffix(suffix)) if path.suffix in known else box.value + suffix

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        path = Path(event.value).expanduser()
        if path.exists() and not self.quoth.is_web:
            self.quoth.push_screen(
                ConfirmScreen("Replace this file?", str(path), "Replace"),
                lambda sure: self._replace(path, bool(sure)),
            )
        else:
            self._save(path)

    def _replace(self, path: Path, sure: bool) -> None:
        if sure:
            self._save(path)

    @work(exclusive=True, exit_on_error=False)
    async def _save(self, path: Path) -> None:
        talk, app = self.quoth.main.talk, self.quoth
        if talk.session is None:
            app.warn("Nothing was asked yet: there is nothing to export.")
            return
        pressed = self.query_one(RadioSet).pressed_button
        form = (pressed.id or "form-markdown").removeprefix("form-") if pressed else "markdown"
        only = self.query_one(Checkbox).value
        try:
            text = await asyncio.to_thread(self._text, talk.session, form, only)
            if app.is_web:
                app.deliver_text(io.StringIO(text), save_filename=path.name, encoding="utf-8")
            else:
                await asyncio.to_thread(_write, path, text)
        except (QuothError, OSError) as error:
            told = f"{error.strerror}: {path}" if isinstance(error, OSError) else str(error)
            self.query_one("#export-note", Static).update(line(told, "$error"))
            return
        self.dismiss(None)
        app.tell(f"Saved to {path.absolute()}")

    def _text(self, session: int, form: str, only: bool) -> str:
        from retrieval import ExportForm, export_session

        if form not in get_args(ExportForm):
            raise QuothError(f"There is no form called {form}.")
        kept = self.quoth.keeper.sessions
        pins = kept.pins(session) if only else None
        return export_session(kept.read(session), _form(form), pins)

    def _label(self) -> str:
        talk = self.quoth.main.talk
        return talk.label or (talk.turns[0].question if talk.turns else "conversation")


def file_name(label: str) -> str:
    """Return a short file name without anything a shell or a file system would take amiss."""
    words = re.findall(r"\w+", label.lower())
    return "quoth-" + ("-".join(words)[:40].strip("-") or "conversation")


def _form(name: str) -> ExportForm:
    return name  # type: ignore[return-value]


def _write(path: Path, text: str) -> None:
    """Write beside the place, then move there, so that no half file is left."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(text.encode("utf-8", "surrogateescape"))
    part.replace(path)


SCREEN = ExportScreen
