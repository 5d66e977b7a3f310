"""The files of an index: immutable folders, each described by a manifest of its own.

A *segment* holds everything derived from some contents; a *generation* names the
segments of one committed state and where each content lies in them. Both are
written once, flushed to disk, and never changed. The catalog's commit, which
names the generation, is the atomic switch.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import IndexDamagedError
from ..writing import sync_folder

MANIFEST = "manifest.json"
CONTENTS = "contents.bin"
PASSAGES = "passages.bin"
SENTENCES = "sentences.bin"
STEMS = "stems.bin"
PASSAGE_VECTORS = "passages.vectors"
SENTENCE_VECTORS = "sentences.vectors"
PASSAGE_LISTS = "passages.faiss"
SENTENCE_LISTS = "sentences.faiss"
LEXICAL = "lexical"
PLACES = "places.bin"
DEAD_STEMS = "dead.bin"
_FOLDER = re.compile(r"(?:generation|segment)-\d{8}")
_CHECKED_AT_OPEN = 64_000_000
"""Bytes whose checksums are computed when an index is opened, the smallest files first."""


def generation_folder(index: Path, generation: int) -> Path:
    """Return where a generation's files are."""
    return index / f"generation-{generation:08d}"


def segment_folder(index: Path, number: int) -> Path:
    """Return where a segment's files are."""
    return index / f"segment-{number:08d}"


def new_folder(folder: Path) -> None:
    """Make a folder for a segment or a generation, without what a killed writer left in it."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)


def write_manifest(folder: Path, facts: dict[str, Any]) -> str:
    """Flush a finished folder and describe it; return the manifest's sha256."""
    files = {}
    for path in _files(folder):
        path.chmod(0o600)
        _sync_file(path)
        files[path.relative_to(folder).as_posix()] = {
            "size": path.stat().st_size, "sha256": _sha256(path),
        }  # fmt: skip
    text = json.dumps({**facts, "files": files}, indent=1, sort_keys=True)
    manifest = folder / MANIFEST
    manifest.write_text(text, "utf-8")
    manifest.chmod(0o600)
    _sync_file(manifest)
    for inner in [p for p in folder.rglob("*") if p.is_dir()]:
        sync_folder(inner)
    sync_folder(folder)
    sync_folder(folder.parent)
    return hashlib.sha256(text.encode()).hexdigest()


def read_manifest(folder: Path, sha256: str) -> dict[str, Any]:
    """Return what is written of a folder.

    Raises:
        IndexDamagedError: it is not what was written.
        FileNotFoundError: the folder is gone, as happens when a newer generation replaced it.
    """
    text = (folder / MANIFEST).read_bytes()
    if hashlib.sha256(text).hexdigest() != sha256:
        raise damaged(folder / MANIFEST)
    found: dict[str, Any] = json.loads(text)
    return found


def segments_named(generation: Path) -> list[str]:
    """Return the names of the folders that a generation's manifest names, as far as it can."""
    try:
        entries = json.loads((generation / MANIFEST).read_bytes()).get("segments", [])
        return [segment_folder(generation, entry["number"]).name for entry in entries]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def check_folders(
    folders: Iterable[tuple[Path, Mapping[str, Any]]], budget: float = _CHECKED_AT_OPEN
) -> None:
    """Compare files with their manifests: every size, and checksums as far as ``budget`` goes.

    Args:
        folders: each with its manifest.
        budget: bytes to compute checksums of.

    Raises:
        IndexDamagedError: naming the first file that differs.
    """
    entries = [
        (entry["size"], folder / name, entry["sha256"])
        for folder, manifest in folders
        for name, entry in manifest["files"].items()
    ]
    for size, path, sha256 in sorted(entries):
        if not path.is_file() or path.stat().st_size != size:
            raise damaged(path)
        budget -= size
        if budget >= 0 and _sha256(path) != sha256:
            raise damaged(path)


def remove_others(index: Path, keep: set[str]) -> None:
    """Remove the folders of segments and generations that nobody can ask for any more."""
    for path in index.iterdir():
        if _FOLDER.fullmatch(path.name) and path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


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
