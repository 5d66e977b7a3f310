"""The embedded store: an index in one folder, for one machine."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from ..errors import IndexBusyError, IndexMismatchError, IndexMissingError
from ..writing import sync_folder
from . import catalog, layout, schema
from .faults import reported
from .generation import read_generation
from .snapshot import EmbeddedSnapshot, describe
from .vectors import EXACT_UP_TO
from .writer import HOLDER, EmbeddedWriter

DEFAULT_FORMAT = schema.FORMAT
_LOCK = "writer.lock"
_TRIES = 20


def index_state(index: Path) -> Literal["none", "index", "other"]:
    """Say whether a folder holds an index, nothing, or something else."""
    if (index / catalog.FILE).is_file():
        return "index"
    if not index.exists():
        return "none"
    if not index.is_dir():
        return "other"
    return "none" if all(p.name in (_LOCK, HOLDER) for p in index.iterdir()) else "other"


def open_snapshot(index: Path) -> EmbeddedSnapshot:
    """Open the last committed state.

    Raises:
        IndexMissingError: there is no index, or nothing was committed yet.
        IndexMismatchError: it has an unknown format.
        IndexDamagedError: its files are damaged.
    """
    if index_state(index) != "index":
        raise IndexMissingError(
            f"There is no index in {index}.", "Make one with: quoth index FOLDER --index DIR"
        )
    for attempt in range(_TRIES):
        with reported(index):
            db = catalog.connect(index / catalog.FILE, write=False)
        try:
            with reported(index):
                return _snapshot(db, index)
        except FileNotFoundError:
            # A writer replaced the generation between our two looks: look again.
            db.close()
            if attempt == _TRIES - 1:
                raise layout.damaged(index) from None
            time.sleep(0.02)
        except BaseException:
            db.close()
            raise
    raise AssertionError  # the loop always returns or raises


def _snapshot(db: sqlite3.Connection, index: Path) -> EmbeddedSnapshot:
    if schema.version(db) < schema.FORMAT:
        raise IndexMissingError(
            f"The index in {index} is unfinished or of an older format.",
            "Run: quoth index FOLDER --index DIR",
        )
    db.execute("BEGIN")  # from here on the connection sees one committed state
    meta = catalog.read_meta(db)
    if not meta.get("manifest"):
        raise IndexMissingError(
            f"The index in {index} is unfinished.", "Run the same `quoth index` again."
        )
    info = describe(index, meta)
    generation = read_generation(index, info.generation, meta["manifest"])
    layout.check_folders(generation.folders())
    return EmbeddedSnapshot(db, info, generation)


def create_or_open_writer(index: Path, exact_up_to: int = EXACT_UP_TO) -> EmbeddedWriter:
    """Become the only writer of an index, making or migrating it as needed.

    Args:
        index: its folder.
        exact_up_to: vectors of a segment that are compared one by one when asked.

    Raises:
        IndexBusyError: another process is writing it.
        IndexMismatchError: the folder holds something that is no index.
        StorageError: it may not be written.
    """
    if index_state(index) == "other":
        raise IndexMismatchError(
            f"{index} holds something that is not an index of quoth.",
            "Name an empty or a new folder.",
        )
    with reported(index):
        if not index.exists():
            _make(index)
        lock = FileLock(index / _LOCK, timeout=0, mode=0o600)
        try:
            lock.acquire()
        except Timeout:
            raise IndexBusyError(
                f"The index {index} is being written by another process{_holder(index)}.",
                "Wait until it is done; asking works meanwhile.",
            ) from None
    try:
        return EmbeddedWriter(index, lock, exact_up_to)
    except BaseException:
        lock.release()
        raise


def _make(index: Path) -> None:
    """Make a folder with those above it, on disk when this returns."""
    above = [folder for folder in index.parents if not folder.exists()]
    index.mkdir(parents=True, mode=0o700)
    for folder in (index, *above):
        sync_folder(folder.parent)


def _holder(index: Path) -> str:
    try:
        return f" (process {json.loads((index / HOLDER).read_text('utf-8'))['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
