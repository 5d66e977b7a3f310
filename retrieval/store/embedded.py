"""The embedded store: an index in one folder, for one machine."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from ..encoder import EncoderSpec, Vectors
from ..errors import (
    IndexBusyError, IndexDamagedError, IndexMismatchError, IndexMissingError, StorageError,
)  # fmt: skip
from ..records import Skipped
from . import catalog, layout, schema
from .base import Content, StoredDocument, StoreInfo
from .derive import write_generation
from .snapshot import EmbeddedSnapshot

DEFAULT_FORMAT = schema.FORMAT
_LOCK, _HOLDER = "writer.lock", "writer.json"
_TRIES = 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def index_state(index: Path) -> Literal["none", "index", "other"]:
    """Say whether a folder holds an index, nothing, or something else."""
    if (index / catalog.FILE).is_file():
        return "index"
    if not index.exists():
        return "none"
    if not index.is_dir():
        return "other"
    return "none" if all(p.name in (_LOCK, _HOLDER) for p in index.iterdir()) else "other"


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
        with _reported(index):
            db = catalog.connect(index / catalog.FILE, write=False)
        try:
            with _reported(index):
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
            f"The index in {index} is unfinished or of an older format.", "Run: quoth index FOLDER --index DIR"
        )
    db.execute("BEGIN")  # from here on the connection sees one committed state
    meta = catalog.read_meta(db)
    if "generation" not in meta:
        raise IndexMissingError(f"The index in {index} is unfinished.", "Run the same `quoth index` again.")
    info = _info(index, meta)
    folder = layout.generation_folder(index, info.generation)
    layout.check_generation(folder, meta["manifest"])
    return EmbeddedSnapshot(db, info, folder, meta["manifest"])


def _info(index: Path, meta: dict[str, str]) -> StoreInfo:
    try:
        return StoreInfo(
            path=index,
            corpus=Path(meta["corpus"]),
            format=schema.FORMAT,
            generation=int(meta["generation"]),
            fingerprint=meta["fingerprint"],
            encoder=EncoderSpec.from_dict(json.loads(meta["encoder"])),
            documents=int(meta["documents"]),
            passages=int(meta["passages"]),
            sentences=int(meta["sentences"]),
            skipped=int(meta["skipped"]),
            indexed_at=float(meta["indexed_at"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise catalog.damaged_catalog(index / catalog.FILE, "its description cannot be read") from error


def create_or_open_writer(index: Path) -> EmbeddedWriter:
    """Become the only writer of an index, making or migrating it as needed.

    Raises:
        IndexBusyError: another process is writing it.
        IndexMismatchError: the folder holds something that is no index.
        StorageError: it may not be written.
    """
    if index_state(index) == "other":
        raise IndexMismatchError(
            f"{index} holds something that is not an index of quoth.", "Name an empty or a new folder."
        )
    with _reported(index):
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / _LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise IndexBusyError(
                f"The index {index} is being written by another process{_holder(index)}.",
                "Wait until it is done; asking works meanwhile.",
            ) from None
    try:
        return EmbeddedWriter(index, lock)
    except BaseException:
        lock.release()
        raise


def _holder(index: Path) -> str:
    try:
        return f" (process {json.loads((index / _HOLDER).read_text('utf-8'))['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


class EmbeddedWriter:
    """See :class:`retrieval.store.base.Writer`."""

    def __init__(self, index: Path, lock: FileLock) -> None:
        self._index = index
        self._lock = lock
        with _reported(index):
            (index / _HOLDER).write_text(json.dumps({"pid": os.getpid(), "since": time.time()}), "utf-8")
            self._db = catalog.connect(index / catalog.FILE, write=True)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            schema.migrate(self._db)
            layout.remove_others(index, self._live())

    @property
    def info(self) -> StoreInfo | None:
        """See :class:`Writer`."""
        meta = catalog.read_meta(self._db)
        return _info(self._index, meta) if "generation" in meta else None

    def _live(self) -> set[int]:
        meta = catalog.read_meta(self._db)
        # The generation before stays too, for a reader that is opening it right now.
        last = int(meta.get("generation", 0))
        return {last, last - 1}

    def known(self) -> dict[str, StoredDocument]:
        """See :class:`Writer`."""
        with _reported(self._index):
            return {document.path: document for document in catalog.stored_documents(self._db)}

    def skipped(self) -> list[Skipped]:
        """See :class:`Writer`."""
        return catalog.skipped_files(self._db)

    def find_content(self, sha256: str, cut: str) -> int | None:
        """See :class:`Writer`."""
        return catalog.find_content(self._db, sha256, cut)

    def add_content(self, content: Content) -> int:
        """See :class:`Writer`."""
        with self._transaction():
            return catalog.insert_content(self._db, content)

    def missing_vectors(self, encoder_id: str, contents: Iterable[int]) -> list[tuple[bytes, str]]:
        """See :class:`Writer`."""
        with _reported(self._index):
            return catalog.missing_vectors(self._db, encoder_id, contents)

    def add_vectors(self, encoder_id: str, keys: Sequence[bytes], vectors: Vectors) -> None:
        """See :class:`Writer`."""
        with self._transaction():
            catalog.insert_vectors(self._db, encoder_id, keys, vectors)

    def commit(
        self, corpus: Path, encoder: EncoderSpec, documents: Sequence[StoredDocument],
        skipped: Sequence[Skipped], fingerprint: str,
    ) -> StoreInfo:  # fmt: skip
        """See :class:`Writer`."""
        before = self.info
        generation = before.generation + 1 if before else 1
        with self._transaction():
            catalog.replace_documents(self._db, documents, skipped)
            manifest, passages, sentences = write_generation(
                self._db, self._index, generation, encoder.id, encoder.dim
            )
            meta = {
                "corpus": str(corpus), "generation": str(generation), "manifest": manifest,
                "fingerprint": fingerprint, "encoder": json.dumps(asdict(encoder)),
                "documents": str(len(documents)), "passages": str(passages),
                "sentences": str(sentences), "skipped": str(len(skipped)),
                "indexed_at": repr(time.time()),
            }  # fmt: skip
            catalog.write_meta(self._db, meta)
        layout.remove_others(self._index, self._live())
        return _info(self._index, meta)

    def rebuild(self) -> None:
        """Derive the generation anew from the catalog, without the model."""
        info = self.info
        if info is None:
            return
        documents = list(self.known().values())
        self.commit(info.corpus, info.encoder, documents, self.skipped(), info.fingerprint)

    def close(self) -> None:
        """See :class:`Writer`."""
        self._db.close()
        (self._index / _HOLDER).unlink(missing_ok=True)
        self._lock.release()

    def __enter__(self) -> EmbeddedWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _reported(self._index):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._db.in_transaction:  # a full disk may have ended it already
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


@contextmanager
def _reported(index: Path) -> Iterator[None]:
    """Turn what the disk and SQLite raise into errors a person can act on."""
    try:
        yield
    except FileNotFoundError:
        raise
    except sqlite3.OperationalError as error:
        text = str(error)
        if "full" in text or "disk I/O" in text:
            raise _no_room(index) from error
        if "readonly" in text or "unable to open" in text:
            raise _no_permission(index) from error
        raise catalog.damaged_catalog(index / catalog.FILE, text) from error
    except sqlite3.DatabaseError as error:
        raise catalog.damaged_catalog(index / catalog.FILE, str(error)) from error
    except PermissionError as error:
        raise _no_permission(index) from error
    except OSError as error:
        if error.errno in _FULL:
            raise _no_room(index) from error
        raise StorageError(
            f"The index {index} cannot be used: {error.strerror or error}.", "Check the disk it lies on."
        ) from error
    except (ValueError, RuntimeError) as error:
        # tantivy and FAISS have no type of their own for a disk that is full.
        if any(word in str(error) for word in ("No space left", "File too large", "os error 28")):
            raise _no_room(index) from error
        raise


def _no_room(index: Path) -> StorageError:
    return StorageError(
        f"There is no room left to write the index {index}.",
        "Make room and run the same command again; the last state is whole and nothing is lost.",
    )


def _no_permission(index: Path) -> StorageError:
    return StorageError(
        f"The index {index} may not be written.", "Name another place with --index, or ask for permission."
    )


