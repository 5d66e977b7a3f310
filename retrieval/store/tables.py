"""Files of records of one size: large ones read where they are asked, small tables mapped."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator, Sequence
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


class RecordFile:
    """A file of ``count`` records, each of ``width`` values of ``dtype``, read where it is asked.

    Nothing of it stays in this process: what is looked at often is in the system's memory.

    Raises:
        IndexDamagedError: it has another size.
    """

    def __init__(self, path: Path, dtype: np.dtype[Any], count: int, width: int = 1) -> None:
        self._path = path
        self.count = count
        self._dtype = dtype
        self._width = width
        self._size = dtype.itemsize * width
        if path.stat().st_size != self._size * count:
            raise damaged(path)
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        # Who forgets to close a state leaves no file open either.
        self._closing = weakref.finalize(self, os.close, self._file)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the file; harmless when done before."""
        self._file = -1
        self._closing()

    def read(self, first: int, count: int) -> npt.NDArray[Any]:
        """Return ``count`` records from number ``first``: (count,), or (count, width).

        Raises:
            IndexDamagedError: they are not there.
        """
        if first < 0 or count < 0 or first + count > self.count:
            raise damaged(self._path)
        return self._records([(first * self._size, count * self._size)])

    def gather(self, numbers: Numbers) -> npt.NDArray[Any]:
        """Return the records of ``numbers``.

        Raises:
            IndexDamagedError: they are not there.
        """
        self._check(numbers, 1)
        size = self._size
        return self._records([(first, size) for first in (numbers * size).tolist()])

    def runs(self, first: Numbers, counts: Numbers) -> npt.NDArray[Any]:
        """Return several runs of records, one after the other.

        Raises:
            IndexDamagedError: they are not there.
        """
        self._check(first, counts)
        starts, sizes = first * self._size, counts * self._size
        return self._records(list(zip(starts.tolist(), sizes.tolist(), strict=True)))

    def blocks(self, size: int) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        """Yield (number of the first, records) for all records, ``size`` at a time."""
        for first in range(0, self.count, size):
            yield first, self.read(first, min(size, self.count - first))

    def _check(self, first: Numbers, counts: Numbers | int) -> None:
        if not len(first):
            return
        # Both ends, for a sum of damaged numbers may have run over.
        within = 0 <= int(first.min()) <= int(first.max()) <= self.count
        if not within or int((first + counts).max()) > self.count:
            raise damaged(self._path)

    def _records(self, places: Sequence[tuple[int, int]]) -> npt.NDArray[Any]:
        """Return what lies at some (offset, size), one after the other.

        Read and not mapped: a map keeps what it has read in this process, and letting go of
        it costs more than reading again; and a file that is cut short is an error here, where
        under a map it is the end of the process.
        """
        read = self._read_at
        try:
            data = b"".join([read(size, at) for at, size in places])
        except OSError as error:
            raise damaged(self._path) from error
        if len(data) != sum([size for _, size in places]):
            raise damaged(self._path)
        records: npt.NDArray[Any] = np.frombuffer(data, self._dtype)
        return records.reshape(-1, self._width) if self._width > 1 else records

    if hasattr(os, "pread"):

        def _read_at(self, size: int, at: int) -> bytes:
            return os.pread(self._file, size, at)

    else:

        def _read_at(self, size: int, at: int) -> bytes:
            with self._lock:
                os.lseek(self._file, at, os.SEEK_SET)
                return os.read(self._file, size)


class VectorFile(RecordFile):
    """A file of unit vectors, which come out as (n, dim) float32.

    Raises:
        IndexDamagedError: it has another size.
    """

    def __init__(self, path: Path, count: int, dim: int) -> None:
        super().__init__(path, NUMBER, count, dim)

    def _records(self, places: Sequence[tuple[int, int]]) -> Vectors:
        return unpacked(super()._records(places))


def packed(vectors: Vectors) -> npt.NDArray[np.int16]:
    """Return vectors whose numbers lie within -1 and 1 in sixteen bits a number."""
    numbers: npt.NDArray[np.int16] = np.rint(vectors * _STEPS).astype(NUMBER)
    return numbers


def unpacked(numbers: npt.NDArray[np.int16]) -> Vectors:
    """Return float32 vectors, no number further than 1/65534 from what was packed."""
    vectors: Vectors = numbers.astype(np.float32)
    vectors *= 1 / _STEPS  # in place: a sample of them is large
    return vectors


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
