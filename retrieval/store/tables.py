"""Files of records of one size, read where needed instead of mapped.

Reading costs a system call where a map costs a page fault, but what was read
does not stay resident, and a file that is cut short raises an error where a map
would kill the process.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

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
NUMBER = np.dtype("<f4")
"""A vector's."""


class RecordFile:
    """A file of ``count`` records, each of ``width`` values of ``dtype``.

    Raises:
        IndexDamagedError: it has another size.
    """

    def __init__(self, path: Path, dtype: np.dtype[Any], count: int, width: int = 1) -> None:
        self._path = path
        self._dtype = dtype
        self._width = width
        self._lock = threading.Lock()
        self.count = count
        self._size = dtype.itemsize * width
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        if os.fstat(self._descriptor).st_size != self._size * count:
            self.close()
            raise damaged(path)

    def close(self) -> None:
        """Close the file; harmless when done before."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def read(self, first: int, count: int) -> npt.NDArray[Any]:
        """Return ``count`` records from number ``first``: (count,), or (count, width).

        Raises:
            IndexDamagedError: they are not there.
        """
        data = self._read_at(first * self._size, count * self._size)
        if first < 0 or len(data) != count * self._size:
            raise damaged(self._path)
        found = np.frombuffer(data, self._dtype)
        return found if self._width == 1 else found.reshape(-1, self._width)

    def gather(self, numbers: Numbers) -> npt.NDArray[Any]:
        """Return the records of ascending ``numbers``, reading neighbours together."""
        if not len(numbers):
            return self.read(0, 0)
        breaks = np.flatnonzero(np.diff(numbers) != 1) + 1
        starts = numbers[np.concatenate([[0], breaks])].tolist()
        counts = np.diff(np.concatenate([[0], breaks, [len(numbers)]])).tolist()
        return np.concatenate([self.read(s, c) for s, c in zip(starts, counts, strict=True)])

    def blocks(self, size: int) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        """Yield (number of the first, records) for all records, ``size`` at a time."""
        for first in range(0, self.count, size):
            yield first, self.read(first, min(size, self.count - first))

    def _read_at(self, offset: int, length: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._descriptor, length, max(0, offset)) if length else b""
        with self._lock:
            os.lseek(self._descriptor, max(0, offset), os.SEEK_SET)
            return os.read(self._descriptor, length)


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
