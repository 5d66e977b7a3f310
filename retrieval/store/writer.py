"""The only writer of an embedded index: prepares the next state and switches to it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np
from filelock import FileLock

from ..encoder import EncoderSpec, Vectors
from ..errors import IndexDamagedError
from ..records import Skipped
from . import catalog, layout, merging, proofs, schema
from .base import Content, StoredDocument, StoreInfo
from .faults import reported
from .generation import Derivation, Generation, SegmentRef, derive, read_generation
from .segment import read_contents
from .snapshot import describe

HOLDER = "writer.json"
"""Says which process holds the lock."""


class EmbeddedWriter:
    """See :class:`retrieval.store.base.Writer`."""

    def __init__(self, index: Path, lock: FileLock, exact_up_to: int) -> None:
        self._index = index
        self._lock = lock
        self._exact_up_to = exact_up_to
        with reported(index):
            holder = os.open(index / HOLDER, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(holder, "w", encoding="utf-8") as file:
                json.dump({"pid": os.getpid(), "since": time.time()}, file)
            self._db = catalog.connect(index / catalog.FILE, write=True)
            (index / catalog.FILE).chmod(0o600)
            self._db.execute("PRAGMA journal_mode = WAL")
            schema.migrate(self._db)
            self._remove_others()

    @property
    def info(self) -> StoreInfo | None:
        """See :class:`Writer`."""
        meta = catalog.read_meta(self._db)
        return describe(self._index, meta) if "generation" in meta else None

    def known(self) -> dict[str, StoredDocument]:
        """See :class:`Writer`."""
        with reported(self._index):
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

    def count_texts(self, contents: Iterable[int]) -> int:
        """See :class:`Writer`."""
        with reported(self._index):
            return sum(catalog.count_texts(self._db, content) for content in contents)

    def missing_vectors(self, encoder_id: str, contents: Iterable[int]) -> list[tuple[bytes, str]]:
        """See :class:`Writer`."""
        with reported(self._index):
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
        with self._transaction(durable=True):
            catalog.replace_documents(self._db, documents, skipped)
            meta = {
                "corpus": str(corpus), "fingerprint": fingerprint,
                "encoder": json.dumps(asdict(encoder)), "documents": str(len(documents)),
                "skipped": str(len(skipped)), "indexed_at": repr(time.time()),
            }  # fmt: skip
            catalog.write_meta(self._db, meta)
            self._switch(list(self._kept(encoder.id)))
        self._remove_others()
        return describe(self._index, catalog.read_meta(self._db))

    def merge(self) -> bool:
        """See :class:`Writer`."""
        info = self.info
        if info is None:
            return False
        kept = self._kept(info.encoder.id)
        chosen = merging.due(list(kept.values()))
        if not chosen:
            return False
        with self._transaction(durable=True):
            self._switch([segment for n, segment in enumerate(kept) if n not in chosen])
        self._remove_others()
        return True

    def rebuild(self) -> None:
        """Derive everything anew from the catalog, without the model."""
        if self.info is None:
            return
        with self._transaction(durable=True):
            self._switch([])
        self._remove_others()

    def close(self) -> None:
        """See :class:`Writer`."""
        try:
            self._db.close()
            with suppress(OSError):  # it only tells who holds the lock
                (self._index / HOLDER).unlink(missing_ok=True)
        finally:
            self._lock.release()

    def __enter__(self) -> EmbeddedWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _switch(self, keep: Sequence[SegmentRef]) -> None:
        """Write the next generation and name it, inside the open transaction."""
        meta = catalog.read_meta(self._db)
        encoder = EncoderSpec.from_dict(json.loads(meta["encoder"]))
        number = int(meta.get("generation", 0)) + 1
        given = Derivation(
            self._db, self._index, number, catalog.contents_by_path(self._db), encoder.id,
            encoder.dim, self._exact_up_to, int(meta.get("next_segment", 1)),
        )  # fmt: skip
        derived = derive(given, keep)
        catalog.write_meta(
            self._db,
            {
                "generation": str(number), "manifest": derived.sha256,
                "passages": str(derived.passages), "sentences": str(derived.sentences),
                "next_segment": str(derived.next_segment),
            },
        )  # fmt: skip
        catalog.write_meta(self._db, {"proof": proofs.of_state(self._db)})

    def _last(self) -> Generation | None:
        """Return what the last commit consists of; None if there is none that can be read."""
        meta = catalog.read_meta(self._db)
        try:
            return read_generation(self._index, int(meta["generation"]), meta["manifest"])
        except (KeyError, FileNotFoundError, IndexDamagedError):
            return None

    def _kept(self, encoder_id: str) -> dict[SegmentRef, merging.Size]:
        """Return the segments that hold something of the documents and are not damaged."""
        last = self._last()
        living = np.array(catalog.contents_by_path(self._db), np.int64)
        kept = {}
        for segment in last.segments if last else ():
            try:
                layout.check_folders([(segment.folder, segment.manifest)], budget=0)
                table = read_contents(segment.folder, segment.manifest)
            except IndexDamagedError:
                continue
            alive = int(table["count"][np.isin(table["content"], living)].sum())
            if alive and segment.manifest["encoder"] == encoder_id:
                kept[segment] = merging.Size(int(segment.manifest["passages"]), alive)
        return kept

    def _remove_others(self) -> None:
        """Remove what no reader can be opening: all but the last two generations."""
        last = self._last()
        if last is None:
            return
        number = int(last.manifest["generation"])
        keep = last.names()
        before = layout.generation_folder(self._index, number - 1)
        keep |= {before.name, *layout.segments_named(before)}
        layout.remove_others(self._index, keep)

    @contextmanager
    def _transaction(self, *, durable: bool = False) -> Iterator[None]:
        """Write all or nothing.

        Args:
            durable: wait until it is on disk; without, a loss of power may undo it, which
                costs the work but no consistency.
        """
        with reported(self._index):
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._db.in_transaction:  # a full disk may have ended it already
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
