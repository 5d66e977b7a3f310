"""A generation: the segments of one committed state, and where its contents lie in them.

It is all of an index that is written anew with every commit: 16 bytes for each
content, and the stems of what was deleted since its segment was written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import layout
from .segment import read_contents
from .segment_writer import write_segment
from .tables import DEAD, PASSAGE, PLACE, STEM, RecordFile, loaded, mapped
from .terms import count_dead


@dataclass(frozen=True, slots=True, eq=False)
class SegmentRef:
    """A segment as a generation names it."""

    folder: Path
    sha256: str
    """Of its manifest."""
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Generation:
    """What a committed state consists of."""

    folder: Path
    manifest: Mapping[str, Any]
    segments: tuple[SegmentRef, ...]

    def folders(self) -> Iterator[tuple[Path, Mapping[str, Any]]]:
        """Yield every folder of the state with its manifest."""
        yield self.folder, self.manifest
        for segment in self.segments:
            yield segment.folder, segment.manifest

    def names(self) -> set[str]:
        """Return the names of all these folders."""
        return {folder.name for folder, _ in self.folders()}

    def places(self) -> npt.NDArray[np.void]:
        """Return where each content lies, in the order of paths.

        Raises:
            IndexDamagedError: the file has another size.
        """
        return loaded(self.folder / layout.PLACES, PLACE, int(self.manifest["contents"]))

    def dead_stems(self) -> npt.NDArray[np.void]:
        """Return the stems of what was deleted, sorted by hash.

        Raises:
            IndexDamagedError: the file has another size.
        """
        return loaded(self.folder / layout.DEAD_STEMS, DEAD, int(self.manifest["dead"]))


def read_generation(index: Path, number: int, sha256: str) -> Generation:
    """Read what a generation consists of; its files are not looked at.

    Raises:
        IndexDamagedError: a manifest is not what was written.
        FileNotFoundError: a folder is gone, as happens when a newer generation replaced it.
    """
    folder = layout.generation_folder(index, number)
    manifest = layout.read_manifest(folder, sha256)
    segments = tuple(
        SegmentRef(path, entry["sha256"], layout.read_manifest(path, entry["sha256"]))
        for entry in manifest["segments"]
        for path in [layout.segment_folder(index, entry["number"])]
    )
    return Generation(folder, manifest, segments)


@dataclass(frozen=True, slots=True)
class Derivation:
    """What a new generation is made from."""

    db: sqlite3.Connection
    """The catalog, inside the transaction that will name the generation."""
    index: Path
    number: int
    contents: Sequence[int]
    """Every content of the state, in the order of paths."""
    encoder_id: str
    dim: int
    exact_up_to: int
    next_segment: int


@dataclass(frozen=True, slots=True)
class Derived:
    """A new generation, written and flushed."""

    sha256: str
    passages: int
    sentences: int
    next_segment: int


def derive(given: Derivation, keep: Sequence[SegmentRef]) -> Derived:
    """Write a generation: what ``keep`` does not hold goes into one new segment.

    Raises:
        IndexDamagedError: the catalog lacks a vector, or a kept segment is damaged.
    """
    segments = list(keep)
    where = _slots(segments)
    missing = [content for content in given.contents if content not in where]
    next_segment = given.next_segment
    if missing:
        folder = layout.segment_folder(given.index, next_segment)
        sha256 = write_segment(
            given.db, folder, missing, given.encoder_id, given.dim, given.exact_up_to
        )
        segments.append(SegmentRef(folder, sha256, layout.read_manifest(folder, sha256)))
        where.update((c, (len(segments) - 1, slot)) for slot, c in enumerate(missing))
        next_segment += 1
    return _write(given, segments, where, next_segment)


def _slots(segments: Sequence[SegmentRef]) -> dict[int, tuple[int, int]]:
    return {
        content: (number, slot)
        for number, segment in enumerate(segments)
        for slot, content in enumerate(
            read_contents(segment.folder, segment.manifest)["content"].tolist()
        )
    }


def _write(
    given: Derivation,
    segments: Sequence[SegmentRef],
    where: Mapping[int, tuple[int, int]],
    next_segment: int,
) -> Derived:
    places = np.array([(content, *where[content]) for content in given.contents], PLACE)
    passages = sentences = 0
    dead: list[npt.NDArray[np.void]] = []
    for number, segment in enumerate(segments):
        table = read_contents(segment.folder, segment.manifest)
        alive = np.zeros(len(table), bool)
        alive[places["slot"][places["segment"] == number]] = True
        passages += int(table["count"][alive].sum())
        sentences += int(table["sentences"][alive].sum())
        dead += _dead_stems(segment, table[~alive])
    folder = layout.generation_folder(given.index, given.number)
    layout.new_folder(folder)
    stems = count_dead(dead)
    (folder / layout.PLACES).write_bytes(places.tobytes())
    (folder / layout.DEAD_STEMS).write_bytes(stems.tobytes())
    named = [
        {"number": int(segment.folder.name.rsplit("-", 1)[1]), "sha256": segment.sha256}
        for segment in segments
    ]
    facts = {
        "generation": given.number, "segments": named, "contents": len(places), "dead": len(stems),
    }  # fmt: skip
    return Derived(layout.write_manifest(folder, facts), passages, sentences, next_segment)


def _dead_stems(segment: SegmentRef, contents: npt.NDArray[np.void]) -> list[npt.NDArray[np.void]]:
    """Return the stems of the passages of contents that no document holds any more."""
    if not len(contents):
        return []
    count = int(segment.manifest["passages"])
    passages = mapped(segment.folder / layout.PASSAGES, PASSAGE, count)
    stems = RecordFile(segment.folder / layout.STEMS, STEM, int(segment.manifest["stems"]))
    found = []
    with closing(stems):
        for content in contents[contents["count"] > 0]:
            first = passages[int(content["first"])]
            last = passages[int(content["first"]) + int(content["count"]) - 1]
            begin, end = int(first["stem"]), int(last["stem"]) + int(last["stems"])
            found.append(stems.read(begin, end - begin))
    return found
