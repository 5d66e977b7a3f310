"""Files of records of one size, mapped into memory as far as they are looked at.

What a map has read stays resident until somebody lets go of it: files that are
larger than memory should hold are let go of when enough of them was touched.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..encoder.base import Vectors
from .layout import damaged

Numbers = npt.NDArray[np.int64]
"""(n,) int64 numbers of records, local to one segment."""

CONTENT = np.dtype(
    [("content", "<i8"), ("first", "<u4"), ("count", "<u4"), ("sentences", "<u4"), ("words", "<u8")]
)
"""A content: where its passages begin, how many they are, their sentences and their words."""
PASSAGE = np.dtype(
    [
        ("start", "<u4"), ("end", "<u4"), ("sentence", "<u4"), ("sentences", "<u4"),
        ("stem", "<u8"), ("stems", "<u4"), ("words", "<u4"),
    ]
)  # fmt: skip
"""A passage: its span, where its sentences and stems begin, how many they are, its words."""
SENTENCE = np.dtype([("passage", "<u4"), ("start", "<u4"), ("end", "<u4"), ("furniture", "<f4")])
"""A sentence: the number of its passage, its span, its weight as furniture."""
STEM = np.dtype([("stem", "<u8"), ("times", "u1")])
"""How often a stem, given by its hash, stands in a passage; 255 for more. Sorted by hash."""
PLACE = np.dtype([("content", "<i8"), ("segment", "<u4"), ("slot", "<u4")])
"""Where a content lies, in the order of paths."""
DEAD = np.dtype([("stem", "<u8"), ("passages", "<u4")])
"""How many passages that hold a stem lie in segments, but in no document any more."""
NUMBER = np.dtype("<i2")
"""A vector's, see :func:`packed`."""
_STEPS = np.float32(32_767)
"""Parts of one: nowhere coarser than half precision is from 1/32 on, and faster to read."""


_WINDOW = 65_536
"""Bytes that the system maps around a page that is looked at."""
_RESIDENT = 32_000_000
"""Bytes of one file that may be resident before it is let go of."""


class RecordFile:
    """A file of ``count`` records, each of ``width`` values of ``dtype``.

    Raises:
        IndexDamagedError: it has another size.
    """

    def __init__(self, path: Path, dtype: np.dtype[Any], count: int, width: int = 1) -> None:
        self._path = path
        self.count = count
        size = dtype.itemsize * width * count
        if path.stat().st_size != size:
            raise damaged(path)
        self._touched = 0
        self._map: mmap.mmap | None = None
        self._records: npt.NDArray[Any] = np.empty(0, dtype)
        if size:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
            self._records = np.frombuffer(self._map, dtype)
        if width > 1:
            self._records = self._records.reshape(-1, width)

    def close(self) -> None:
        """Let go of the file; harmless when done before."""
        self._records = self._records[:0].copy()
        self._map = None

    def read(self, first: int, count: int) -> npt.NDArray[Any]:
        """Return a copy of ``count`` records from number ``first``: (count,), or (count, width).

        Raises:
            IndexDamagedError: they are not there.
        """
        if first < 0 or first + count > self.count:
            raise damaged(self._path)
        found = self._records[first : first + count].copy()
        self._touch(found.nbytes + _WINDOW)
        return found

    def gather(self, numbers: Numbers) -> npt.NDArray[Any]:
        """Return a copy of the records of ``numbers``.

        Raises:
            IndexDamagedError: they are not there.
        """
        if len(numbers) and not 0 <= int(numbers.min()) <= int(numbers.max()) < self.count:
            raise damaged(self._path)
        found: npt.NDArray[Any] = self._records[numbers]
        self._touch(found.nbytes + len(numbers) * _WINDOW)
        return found

    def runs(self, first: Numbers, counts: Numbers) -> npt.NDArray[Any]:
        """Return copies of several runs of records, one after the other."""
        before = np.cumsum(counts) - counts
        return self.gather(np.repeat(first - before, counts) + np.arange(int(counts.sum())))

    def blocks(self, size: int) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        """Yield (number of the first, records) for all records, ``size`` at a time."""
        for first in range(0, self.count, size):
            yield first, self.read(first, min(size, self.count - first))

    def _touch(self, size: int) -> None:
        """Count bytes that may have become resident."""
        self._touched += size
        if self._touched > _RESIDENT and self._map is not None:
            self._touched = 0
            if hasattr(mmap, "MADV_DONTNEED"):
                # What was changed nowhere is read again from the file when it is wanted.
                self._map.madvise(mmap.MADV_DONTNEED)


class VectorFile(RecordFile):
    """A file of unit vectors, which come out as float32.

    Raises:
        IndexDamagedError: it has another size.
    """

    def __init__(self, path: Path, count: int, dim: int) -> None:
        super().__init__(path, NUMBER, count, dim)

    def read(self, first: int, count: int) -> Vectors:
        """Return ``count`` vectors from number ``first``, (count, dim) float32."""
        return unpacked(super().read(first, count))

    def gather(self, numbers: Numbers) -> Vectors:
        """Return the vectors of ``numbers``, (n, dim) float32."""
        return unpacked(super().gather(numbers))


def packed(vectors: Vectors) -> npt.NDArray[np.int16]:
    """Return vectors whose numbers lie within -1 and 1 in sixteen bits a number."""
    numbers: npt.NDArray[np.int16] = np.rint(vectors * _STEPS).astype(NUMBER)
    return numbers


def unpacked(numbers: npt.NDArray[np.int16]) -> Vectors:
    """Return float32 vectors, no number further than 1/65534 from what was packed."""
    return numbers.astype(np.float32) * (1 / _STEPS)


def mapped(path: Path, dtype: np.dtype[Any], count: int) -> npt.NDArray[Any]:
    """Map a table whose records are looked at one by one.

    Raises:
        IndexDamagedError: it has another size.
    """
    if path.stat().st_size != dtype.itemsize * count:
        raise damaged(path)
    if not count:
        return np.empty(0, dtype)
    # The same memory as the map, without the cost of its subclass.
    return np.memmap(path, dtype, "r").view(np.ndarray)


def loaded(path: Path, dtype: np.dtype[Any], count: int) -> npt.NDArray[Any]:
    """Read a whole table.

    Raises:
        IndexDamagedError: it has another size.
    """
    table: npt.NDArray[Any] = np.fromfile(path, dtype)
    if len(table) != count:
        raise damaged(path)
    return table
