"""The files of one generation: named in a manifest with sizes and checksums.

A generation's folder is written once, flushed to disk, and never changed. The
catalog's commit, which names the generation, is the atomic switch.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from pathlib import Path

from ..errors import IndexDamagedError

MANIFEST = "manifest.json"
PASSAGE_VECTORS = "passages.faiss"
SENTENCE_VECTORS = "sentences.faiss"
PASSAGE_TABLE = "passages.npy"
SENTENCE_TABLE = "sentences.npy"
LEXICAL = "lexical"
_FOLDER = re.compile(r"generation-(\d{8})")
_FULL_CHECK_BYTES = 64_000_000
"""Up to this size every checksum is computed when an index is opened; beyond, sizes only."""


def generation_folder(index: Path, generation: int) -> Path:
    """Return where a generation's files are."""
    return index / f"generation-{generation:08d}"


def write_manifest(folder: Path, generation: int) -> str:
    """Flush a finished generation and describe it; return the manifest's sha256."""
    files = {}
    for path in _files(folder):
        _sync_file(path)
        files[path.relative_to(folder).as_posix()] = {
            "size": path.stat().st_size, "sha256": _sha256(path),
        }  # fmt: skip
    text = json.dumps({"generation": generation, "files": files}, indent=1, sort_keys=True)
    manifest = folder / MANIFEST
    manifest.write_text(text, "utf-8")
    _sync_file(manifest)
    for inner in [p for p in folder.rglob("*") if p.is_dir()]:
        sync_folder(inner)
    sync_folder(folder)
    sync_folder(folder.parent)
    return hashlib.sha256(text.encode()).hexdigest()


def check_generation(folder: Path, manifest_sha256: str, *, full: bool | None = None) -> None:
    """Compare a generation's files with its manifest.

    Args:
        folder: the generation's folder.
        manifest_sha256: as the catalog has it.
        full: compute every checksum; None decides by the size.

    Raises:
        IndexDamagedError: naming the first file that differs.
        FileNotFoundError: the folder is gone, as happens when a newer generation replaced it.
    """
    text = (folder / MANIFEST).read_bytes()
    if hashlib.sha256(text).hexdigest() != manifest_sha256:
        raise damaged(folder / MANIFEST)
    files = json.loads(text)["files"]
    if full is None:
        full = sum(entry["size"] for entry in files.values()) <= _FULL_CHECK_BYTES
    for name, entry in files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != entry["size"]:
            raise damaged(path)
        if full and _sha256(path) != entry["sha256"]:
            raise damaged(path)


def remove_others(index: Path, keep: set[int]) -> None:
    """Remove the folders of generations that nobody can ask for any more."""
    for path in index.iterdir():
        match = _FOLDER.fullmatch(path.name)
        if match and int(match.group(1)) not in keep:
            shutil.rmtree(path, ignore_errors=True)


def sync_folder(path: Path) -> None:
    """Flush a folder's entries to disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _files(folder: Path) -> list[Path]:
    # The engine's lock files come and go with whoever opens the folder.
    return sorted(
        p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST and p.suffix != ".lock"
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged(path: Path) -> IndexDamagedError:
    """Return the error for a derived file that cannot be used."""
    return IndexDamagedError(
        f"The index file {path} is damaged.",
        "Run: quoth doctor --repair (nothing is embedded again).",
    )
