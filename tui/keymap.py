"""Every key of the program: one list that bindings, help, remapping and the manual share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Key:
    """What a key does, where."""

    id: str
    """``region.name``: what the settings file calls it."""
    keys: str
    """As Textual writes them, several separated by commas."""
    action: str
    label: str
    """A word or two for the line of keys."""
    help: str
    """One sentence."""
    show: bool = False
    """Worth a place in the line of keys."""
    priority: bool = False
    """Goes before what the focused widget would do with the key."""
    display: str = ""
    """How the key is written, where Textual's way would be unclear."""

    @property
    def region(self) -> str:
        """Where it works."""
        return self.id.split(".", 1)[0]


REGIONS = {
    "app": "Everywhere",
    "ask": "Writing a question",
    "answer": "On a quotation or an answer",
    "source": "In the source",
    "index": "While the first index is made",
    "list": "In lists",
    "dialog": "In dialogs",
}

_K = Key
KEYS: tuple[Key, ...] = (
    _K("app.ask", "ctrl+l", "go_ask", "Ask", "Go to the question box.", show=False),
    _K("app.new", "ctrl+n", "new", "New", "Start a new conversation."),
    _K("app.conversations", "ctrl+t", "show('conversations')", "Conversations",
       "List, search, rename, continue or delete conversations.", show=True),
    _K("app.history", "ctrl+r", "show('history')", "Past questions",
       "Search the questions asked before."),
    _K("app.documents", "ctrl+b", "show('documents')", "Documents",
       "See the documents and skipped files; choose which are asked.", show=True),
    _K("app.source", "ctrl+g", "source", "Source",
       "Open the selected quotation in its document; again to close.", show=True),
    _K("app.jump", "ctrl+o", "show('jump')", "Jump",
       "Put a letter on everything; press it to go there."),
    _K("app.tray", "f4", "show('tray')", "Tray", "See the pinned quotations."),
    _K("app.export", "ctrl+s", "show('export')", "Export",
       "Save the conversation or the tray to a file."),
    _K("app.find", "ctrl+f", "find", "Find", "Find words in the open source."),
    _K("app.refresh", "f5", "refresh", "Refresh", "Bring the index up to date with the folder."),
    _K("app.theme", "f8", "theme", "Light or dark", "Change between light and dark."),
    _K("app.palette", "ctrl+p", "command_palette", "Commands",
       "Search every command that applies now.", show=True, priority=True),
    _K("app.go_to_document", "f3", "go_to_document", "Open a document",
       "Search the documents by name and open one."),
    _K("app.help", "f1", "help", "Help", "Show what can be done here, with its keys.", show=True),
    _K("app.quit", "ctrl+q", "quit", "Quit", "Quit; asks first while indexing.", priority=True),
    _K("ask.send", "enter", "send", "Ask", "Ask the question.", show=True),
    _K("ask.newline", "ctrl+j,shift+enter,alt+enter", "newline", "New line",
       "Break the line."),
    _K("ask.up", "up", "leave_up", "Quotations",
       "From an empty box, go up to the last quotation."),
    _K("ask.leave", "escape", "leave", "Read", "Leave the box for the quotations."),
    _K("answer.next", "j,down", "step(1)", "Next", "Go to the next quotation."),
    _K("answer.previous", "k,up", "step(-1)", "Previous", "Go to the previous quotation."),
    *(_K(f"answer.{n}", str(n), f"number({n})", f"Quotation {n}", f"Go to quotation {n}.")
      for n in range(1, 10)),
    _K("answer.open", "enter", "do('open')", "Source", "Open it in its document.", show=True),
    _K("answer.copy", "y", "do('copy_quote')", "Copy", "Copy the quotation.", show=True),
    _K("answer.copy_cited", "Y", "do('copy_cited')", "Copy with citation",
       "Copy the quotation with its citation."),
    _K("answer.copy_citation", "c", "do('copy_citation')", "Copy citation",
       "Copy the citation alone."),
    _K("answer.copy_all", "ctrl+y", "do('copy_answer')", "Copy answer", "Copy the whole answer."),
    _K("answer.pin", "m", "do('pin')", "Pin", "Pin the quotation to the tray, or unpin it.",
       show=True),
    _K("answer.why", "w", "do('why')", "Why", "Show the figures behind this passage.", show=True),
    _K("answer.widen", "space", "do('widen')", "More context",
       "Show one more paragraph around the quotation.", show=True),
    _K("answer.narrow", "backspace", "do('narrow')", "Less context", "Take the paragraph away."),
    _K("answer.edit", "o", "do('edit')", "Editor", "Open the file in your editor at the line."),
    _K("answer.drop", "x", "do('drop')", "Drop carried",
       "Ask this question again without the earlier ones."),
    _K("answer.nearest", "n", "do('nearest')", "Nearest",
       "Unfold the nearest passages of an answer that was not found."),
    _K("answer.right", "plus", "do('right')", "Right", "Mark the answer right.", display="+"),
    _K("answer.wrong", "minus", "do('wrong')", "Wrong", "Mark the answer wrong.", display="-"),
    _K("answer.silent", "0", "do('silent')", "Better silent",
       "Mark: it should have said that the documents do not say."),
    _K("answer.again", "r", "do('again')", "Ask again",
       "Ask this question again; the answer takes the place of this one."),
    _K("answer.rewrite", "e", "do('rewrite')", "Change the question",
       "Put the question into the box, to change it."),
    _K("answer.refresh", "u", "app.refresh", "Refresh",
       "Bring the index up to date with the folder."),
    _K("answer.help", "question_mark", "app.help", "Help", "Show these keys.", display="?"),
    _K("answer.leave", "escape", "app.go_ask", "Question", "Go back to the question box."),
    _K("source.find", "slash,ctrl+f", "find", "Find", "Find words in this document.", show=True,
       display="/"),
    _K("source.next", "n", "match(1)", "Next match", "Go to the next match.", show=True),
    _K("source.previous", "N", "match(-1)", "Previous match", "Go to the previous match."),
    _K("source.down", "j,down", "scroll_by(1)", "Down", "Scroll down."),
    _K("source.up", "k,up", "scroll_by(-1)", "Up", "Scroll up."),
    _K("source.page_down", "pagedown,space", "scroll_page(1)", "Page down", "Scroll a page down."),
    _K("source.page_up", "pageup,b", "scroll_page(-1)", "Page up", "Scroll a page up."),
    _K("source.top", "home,g", "scroll_edge(-1)", "Top", "Go to the beginning."),
    _K("source.bottom", "end,G", "scroll_edge(1)", "End", "Go to the end."),
    _K("source.quote", "period", "show_quote", "Quotation", "Go back to the quotation.",
       display="."),
    _K("source.edit", "o", "edit", "Editor", "Open the file in your editor here.", show=True),
    _K("source.copy", "y", "copy_quote", "Copy", "Copy the quotation."),
    _K("source.full", "f", "full", "Full screen", "Give the source the whole screen, or less."),
    _K("source.help", "question_mark", "app.help", "Help", "Show these keys.", display="?"),
    _K("source.leave", "escape,q", "leave", "Back", "Go back to the quotation.", show=True),
    _K("index.stop", "escape", "stop", "Stop", "Stop indexing, keeping what is done.", show=True),
    _K("index.resume", "r", "resume", "Go on", "Go on where it stopped.", show=True),
    _K("list.toggle", "t,space", "toggle_document", "In or out",
       "Ask this document, or leave it out.", show=True),
    _K("list.all", "a", "toggle_all", "All or none", "Ask every document, or none.", show=True),
    _K("list.rename", "r", "rename", "Rename", "Give the conversation another title.", show=True),
    _K("list.delete", "d,delete", "delete", "Delete", "Delete, after asking.", show=True),
    _K("list.search", "slash", "search", "Search", "Go to the search box.", show=True,
       display="/"),
    _K("dialog.close", "escape", "close", "Close", "Close without doing anything.", show=True),
    _K("dialog.copy", "y", "copy_report", "Copy", "Copy the report.", show=True),
    _K("dialog.retry", "r", "retry", "Try again", "Try again.", show=True),
)  # fmt: skip
_BY_ID = {key.id: key for key in KEYS}


def bindings(*ids: str) -> list[BindingType]:
    """Return bindings for these ids; a bare region stands for all of its keys."""
    wanted = [k for name in ids for k in ([_BY_ID[name]] if name in _BY_ID else of_region(name))]
    return [_binding(key) for key in wanted]


def of_region(region: str) -> list[Key]:
    """Return the keys of one region, in order."""
    return [key for key in KEYS if key.region == region]


def actions_of(region: str, own: Mapping[str, str]) -> dict[str, str]:
    """Return the action of each key of a region, the user's own keys applied."""
    return {
        name.strip(): key.action
        for key in of_region(region)
        for name in own.get(key.id, key.keys).split(",")
    }


def checked(wanted: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Split a user's keymap into what can be used and the ids that do not exist."""
    known = {name: keys for name, keys in wanted.items() if name in _BY_ID}
    return known, [name for name in wanted if name not in _BY_ID]


def described(ids: Iterable[str]) -> list[tuple[str, str]]:
    """Return (id, help) pairs, for the manual and the help screen."""
    return [(name, _BY_ID[name].help) for name in ids]


def _binding(key: Key) -> Binding:
    return Binding(
        key.keys, key.action, key.label, show=key.show, priority=key.priority, id=key.id,
        key_display=key.display or None, tooltip=key.help,
    )  # fmt: skip
