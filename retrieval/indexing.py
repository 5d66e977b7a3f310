"""Bring an index up to date with its folder: only what is new or changed is embedded."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import passages as cutting
from .embedding import embed
from .encoder import Encoder
from .errors import CorpusError, IndexMismatchError, UsageError
from .reading import (
    Found,
    NotTextError,
    corpus_root,
    nothing_to_read,
    read_bytes,
    reader_for,
    skip_reason,
    to_document,
    walk,
)  # fmt: skip
from .records import Document, IndexReport, Progress, Skipped
from .settings import Settings
from .store import Content, StoredDocument, StoreInfo, Writer, create_or_open_writer, index_state

ProgressCallback = Callable[[Progress], None]

_RACY_NS = 2_000_000_000
"""A file changed this shortly before it was read may change again within one time stamp."""


@dataclass(slots=True)
class _Plan:
    """What a scan found, against what the index knows."""

    documents: list[StoredDocument] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0


def default_index_dir(settings: Settings, root: Path) -> Path:
    """Return where the index of a folder lives when no other place is named."""
    key = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    return settings.data_dir / "indexes" / f"{root.name[:40] or 'root'}-{key}"


def update_index(
    folder: str | os.PathLike[str],
    index: Path,
    settings: Settings,
    load: Callable[[], Encoder],
    progress: ProgressCallback | None = None,
) -> IndexReport:
    """Read what changed under ``folder``, embed it, and switch the index to the new state.

    Args:
        folder: the corpus; nothing is written into it.
        index: the index folder, made if it does not exist.
        settings: limits for reading.
        load: gives the encoder; called only when something has to be cut or embedded.
        progress: told of each step.

    Raises:
        CorpusError: the folder cannot be used, or holds nothing that can be read.
        IndexBusyError, IndexMismatchError, StorageError: see the store.
    """
    started = time.monotonic()
    tell = progress or _silent
    root = corpus_root(folder)
    _refuse_overlap(root, index)
    fresh = index_state(index) == "none"
    if fresh and not any(isinstance(item, Found) for item in walk(root, _max_bytes(settings))):
        raise nothing_to_read(root, sum(1 for _ in walk(root, _max_bytes(settings))))
    with _closing(create_or_open_writer(index, settings.exact_up_to)) as writer:
        before = writer.info
        if before is not None and before.corpus != root:
            raise IndexMismatchError(
                f"The index {index} is of another folder, {before.corpus}.",
                "Name another index folder with --index.",
            )
        return _update(root, writer, settings, load(), tell, started)


def _update(
    root: Path, writer: Writer, settings: Settings, encoder: Encoder,
    tell: ProgressCallback, started: float,
) -> IndexReport:  # fmt: skip
    before, known = writer.info, writer.known()
    plan = _scan(root, writer, settings, encoder, known, tell)
    if not plan.documents:
        raise nothing_to_read(root, len(plan.skipped))
    embedded = embed(writer, encoder, _unembedded(before, encoder, plan.documents, known), tell)
    paths = {document.path for document in plan.documents}
    removed = [path for path in known if path not in paths]
    renamed = _renames(plan, removed, known)
    fingerprint = _fingerprint(encoder, plan.documents)
    same = (
        before is not None
        and before.fingerprint == fingerprint
        and before.encoder.id == encoder.spec.id
    )
    # A skip list or a time stamp that changed has to be kept too.
    committed = not same or _differs(plan, known, writer.skipped())
    info = before
    if committed or info is None:
        tell(Progress("write", 0, 1))
        info = writer.commit(root, encoder.spec, plan.documents, plan.skipped, fingerprint)
        writer.merge()
        tell(Progress("write", 1, 1))
    moved = {path for pair in renamed for path in pair}
    return IndexReport(
        index=str(info.path), corpus=str(root), documents=info.documents, passages=info.passages,
        added=tuple(path for path in plan.added if path not in moved),
        changed=tuple(plan.changed),
        removed=tuple(path for path in removed if path not in moved),
        renamed=tuple(renamed), unchanged=plan.unchanged, skipped=tuple(plan.skipped),
        embedded=embedded, seconds=round(time.monotonic() - started, 3),
        fingerprint=fingerprint, committed=committed,
    )  # fmt: skip


def _scan(
    root: Path, writer: Writer, settings: Settings, encoder: Encoder,
    known: dict[str, StoredDocument], tell: ProgressCallback,
) -> _Plan:  # fmt: skip
    """Find every file and store the content of those that are new or changed."""
    plan = _Plan()
    tell(Progress("scan", 0, 0))
    items = list(walk(root, _max_bytes(settings)))
    cuts: dict[str, str] = {}  # by the end of the name, on which the reader depends

    def skip(number: int, item: Skipped) -> None:
        plan.skipped.append(item)
        tell(Progress("read", number, len(items), item.path, (item,)))

    for number, item in enumerate(items, start=1):
        if isinstance(item, Skipped):
            skip(number, item)
            continue
        tell(Progress("read", number, len(items), item.path))
        kind = item.path.rpartition(".")[2]
        cut = cuts[kind] = cuts.get(kind) or _cut_name(item.path, encoder)
        old = known.get(item.path)
        if old is not None and old.cut == cut and _untouched(item, old):
            plan.documents.append(old)
            plan.unchanged += 1
            continue
        try:
            new = _store(root, item, cut, writer, settings, encoder)
        except (NotTextError, OSError) as error:
            skip(number, Skipped(item.path, skip_reason(error)))
            continue
        plan.documents.append(new)
        if old is None:
            plan.added.append(item.path)
        elif old.sha256 != new.sha256:
            plan.changed.append(item.path)
        else:
            plan.unchanged += 1
    return plan


def _store(
    root: Path, item: Found, cut: str, writer: Writer, settings: Settings, encoder: Encoder
) -> StoredDocument:
    scanned = time.time_ns()
    data, info = read_bytes(root, item.path, _max_bytes(settings))
    sha256 = hashlib.sha256(data).hexdigest()
    content = writer.find_content(sha256, cut)
    if content is None:
        document = to_document(item.path, data, info)
        content = writer.add_content(_content(document, cut, encoder))
    return StoredDocument(item.path, content, sha256, cut, len(data), info.st_mtime_ns, scanned)


def _content(document: Document, cut: str, encoder: Encoder) -> Content:
    name = document.path.rsplit("/", 1)[-1]
    spans = cutting.cut_passages(document, encoder.count_tokens, encoder.passage_window)
    return Content(
        sha256=document.sha256, cut=cut, encoding=document.encoding,
        title=None if document.title == name else document.title, text=document.text,
        sections=document.sections, pages=document.pages, size=document.size,
        passages=tuple(spans),
    )  # fmt: skip


def _unembedded(
    before: StoreInfo | None, encoder: Encoder, documents: Sequence[StoredDocument],
    known: dict[str, StoredDocument],
) -> list[int]:  # fmt: skip
    """Return the contents that may lack vectors: what was committed has them all."""
    contents = {document.content for document in documents}
    if before is not None and before.encoder.id == encoder.spec.id:
        contents -= {document.content for document in known.values()}
    return sorted(contents)


def _renames(
    plan: _Plan, removed: Sequence[str], known: dict[str, StoredDocument]
) -> list[tuple[str, str]]:
    """Pair files that went with files that came and hold the same bytes."""
    sha256 = {document.path: document.sha256 for document in plan.documents}
    gone: dict[str, list[str]] = {}
    for path in removed:
        gone.setdefault(known[path].sha256, []).append(path)
    pairs = []
    for path in plan.added:
        candidates = gone.get(sha256[path])
        if candidates:
            pairs.append((candidates.pop(0), path))
    return pairs


def _untouched(item: Found, old: StoredDocument) -> bool:
    same = item.size == old.size and item.modified_ns == old.modified_ns
    return same and old.scanned_ns - old.modified_ns > _RACY_NS


def _differs(plan: _Plan, known: dict[str, StoredDocument], skipped: Sequence[Skipped]) -> bool:
    stamps = {d.path: (d.content, d.modified_ns) for d in plan.documents}
    old = {d.path: (d.content, d.modified_ns) for d in known.values()}
    return stamps != old or plan.skipped != list(skipped)


def _cut_name(path: str, encoder: Encoder) -> str:
    """Name how a file is read and cut: the same bytes and name give the same passages."""
    window = f"{encoder.passage_window}/{cutting.TARGET_TOKENS}"
    return f"{reader_for(path).version} {cutting.VERSION} {window} {encoder.spec.weights[:8]}"


def _fingerprint(encoder: Encoder, documents: Sequence[StoredDocument]) -> str:
    total = hashlib.sha256(encoder.spec.id.encode())
    for document in sorted(documents, key=lambda d: d.path):
        total.update(f"{document.path}\0{document.sha256}\0{document.cut}\n".encode())
    return total.hexdigest()[:32]


def _refuse_overlap(root: Path, index: Path) -> None:
    """Keep the promise that nothing is written into the corpus."""
    if index.resolve().is_relative_to(root):
        raise UsageError(
            f"The index {index} would lie inside the folder it indexes.",
            "Name a place outside it with --index.",
        )


def _max_bytes(settings: Settings) -> int:
    return int(settings.max_file_mb * 1_000_000)


def _silent(_: Progress) -> None:
    pass


class _closing:  # noqa: N801  (reads as contextlib.closing, typed for the protocol)
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def __enter__(self) -> Writer:
        return self._writer

    def __exit__(self, *_: object) -> None:
        self._writer.close()


__all__ = ["CorpusError", "ProgressCallback", "default_index_dir", "update_index"]
