"""Is an index up to date with its folder? Told from file sizes and times alone."""

from __future__ import annotations

from pathlib import Path

from .errors import IndexDamagedError, IndexMissingError
from .listing import Changes
from .reading import Found, walk
from .settings import Settings
from .store import Snapshot, StoreInfo, index_state, open_snapshot


def changes(root: Path, snapshot: Snapshot, settings: Settings) -> Changes:
    """Compare a folder's listing with what the index knows; reads no document."""
    found = {
        item.path: (item.size, item.modified_ns)
        for item in walk(root, int(settings.max_file_mb * 1_000_000))
        if isinstance(item, Found)
    }
    known = {path: (d.size, d.modified_ns) for path, d in snapshot.known().items()}
    # A file that could not be read when it was indexed is not new.
    unread = {skipped.path for skipped in snapshot.skipped()}
    return Changes(
        new=tuple(p for p in found if p not in known and p not in unread),
        changed=tuple(p for p in found if p in known and found[p] != known[p]),
        gone=tuple(p for p in known if p not in found),
    )


def is_stale(root: Path, index: Path, settings: Settings) -> bool:
    """Say whether indexing has something to do; true where there is no whole index."""
    if index_state(index) != "index":
        return True
    try:
        snapshot = open_snapshot(index)
    except IndexMissingError:
        return True
    try:
        return bool(changes(root, snapshot, settings))
    finally:
        snapshot.close()


def committed_info(index: Path) -> StoreInfo | None:
    """Return what an index is, or None where there is none to read."""
    if index_state(index) != "index":
        return None
    try:
        snapshot = open_snapshot(index)
    except (IndexMissingError, IndexDamagedError):
        return None
    try:
        return snapshot.info
    finally:
        snapshot.close()
