"""The index on disk: a catalog that is the truth, and what is derived from it.

Nothing outside this room knows SQLite, FAISS or the lexical engine.
"""

from .base import Content, Snapshot, StoredDocument, StoreInfo, Writer
from .embedded import DEFAULT_FORMAT, create_or_open_writer, index_state, open_snapshot

__all__ = [
    "DEFAULT_FORMAT", "Content", "Snapshot", "StoreInfo", "StoredDocument", "Writer",
    "create_or_open_writer", "index_state", "open_snapshot",
]  # fmt: skip
