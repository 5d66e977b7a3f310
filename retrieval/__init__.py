"""quoth: answers from a folder of documents, in their own words, with proved citations.

The public names load on first use; importing this package loads nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .building import build_index
    from .conversation import Conversation
    from .errors import QuothError
    from .exporting import EXPORT_FORMS, ExportForm, export_session
    from .filters import Where
    from .listing import Changes, Listed
    from .marking import append_mark, marks_file
    from .places import Place, bundled_corpus, find_place, names_bundled
    from .printable import printable_line, printable_text
    from .records import (
        Answer,
        Carried,
        Citation,
        Document,
        Evidence,
        Hit,
        IndexInfo,
        IndexReport,
        Passage,
        Progress,
        RelatedQuote,
        Searched,
        Section,
        Skipped,
    )  # fmt: skip
    from .retriever import Retriever
    from .sessions import Mark, Pin, Session, SessionInfo, Sessions, Turn
    from .settings import Settings, load_settings
    from .shelf import Shelf
    from .wording import own_words
    from .writing import write_whole

_HOMES = {
    "QuothError": "errors",
    "Where": "filters",
    **dict.fromkeys(
        ("Answer", "Carried", "Citation", "Document", "Evidence", "Hit", "IndexInfo", "IndexReport",
         "Passage", "Progress", "RelatedQuote", "Searched", "Section", "Skipped"),
        "records",
    ),
    "Conversation": "conversation",
    **dict.fromkeys(("Place", "bundled_corpus", "find_place", "names_bundled"), "places"),
    **dict.fromkeys(("printable_line", "printable_text"), "printable"),
    **dict.fromkeys(("Changes", "Listed"), "listing"),
    "Shelf": "shelf",
    "Retriever": "retriever",
    "build_index": "building",
    **dict.fromkeys(("append_mark", "marks_file"), "marking"),
    **dict.fromkeys(("EXPORT_FORMS", "ExportForm", "export_session"), "exporting"),
    **dict.fromkeys(("Mark", "Pin", "Session", "SessionInfo", "Sessions", "Turn"), "sessions"),
    **dict.fromkeys(("Settings", "load_settings"), "settings"),
    "own_words": "wording",
    "write_whole": "writing",
}  # fmt: skip

__version__ = "0.1.0"
__all__ = [
    "EXPORT_FORMS", "Answer", "Carried", "Changes", "Citation", "Conversation", "Document",
    "Evidence", "ExportForm", "Hit", "IndexInfo", "IndexReport", "Listed", "Mark", "Passage",
    "Pin", "Place", "Progress", "QuothError", "RelatedQuote", "Retriever", "Searched", "Section",
    "Session", "SessionInfo", "Sessions", "Settings", "Shelf", "Skipped", "Turn", "Where",
    "append_mark", "build_index", "bundled_corpus", "export_session", "find_place",
    "load_settings", "marks_file", "names_bundled", "own_words", "printable_line", "printable_text",
    "write_whole",
]  # fmt: skip


def __getattr__(name: str) -> Any:  # noqa: ANN401  (PEP 562)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
