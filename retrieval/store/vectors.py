"""The only file that knows FAISS: the nearest of a segment's unit vectors by inner product."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from ..encoder.base import Vectors, unit_rows
from .layout import damaged
from .tables import Numbers, VectorFile

EXACT_UP_TO = 20_000
"""Vectors of a segment that are compared one by one; beyond, an index of lists is made."""
_LISTS = 4.0
"""Lists for each vector's square root: placing them and reading them cost about the same then."""
_TRAINED_ON = 40
"""Vectors per list that the lists are placed by, while they are few enough to hold."""
_MOST_TRAINED_ON = 131_072
"""Vectors held in memory for it at most: 200 MB of 384 dimensions, and as much while reading."""
_BITS = 2
"""Of a number. With one, where a corpus says the same thing often, what is like it crowds out
others: 0.94 of the nearest instead of 0.99, and more lists do not help (docs/experiments.md)."""
_SAMPLE = 100
_DEPTH = 4
"""Candidates compared exactly for each one wanted, since lists tell only about how near."""
_COMPARED = 400
"""Candidates compared exactly, however many are wanted, unless more are."""
_FEWEST = 32
"""Lists that are read at least: a question that lies far from all that is stored needs more than
the ten nearest of a sample tell (docs/experiments.md)."""
_HELPS, _PATIENCE = 0.005, 4
"""What half as many lists again have to add to what is found; how often they may fail to."""
_BLOCK = 16_384
_SEED = 7

Mask = npt.NDArray[np.bool_]
"""(n,) which vectors may be found."""


def write_lists(path: Path, vectors: VectorFile, recall: float) -> dict[str, float]:
    """Write an index of lists: neighbours together, two bits for each number of a vector.

    Codes are those of extended RaBitQ (Gao et al. 2024, "Practical and Asymptotically Optimal
    Quantization of High-Dimensional Vectors in Euclidean Space for Approximate Nearest Neighbor
    Search"), as FAISS makes them.

    Args:
        path: of the file to write.
        vectors: all vectors.
        recall: share of the ten nearest that has to be found in a sample.

    Returns:
        "lists", how many have to be read for a question, and the "recall" reached.
    """
    import faiss

    dim = vectors.read(0, 1).shape[1]
    count = max(1, round(_LISTS * vectors.count**0.5))
    random = np.random.default_rng(_SEED)
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    index: Any = faiss.index_factory(dim, f"IVF{count},RaBitQ{_BITS}", faiss.METRIC_INNER_PRODUCT)
    index.cp.seed = _SEED
    index.cp.min_points_per_centroid = 1  # it would warn, on a screen that is drawn on
    size = min(vectors.count, count * _TRAINED_ON, _MOST_TRAINED_ON)
    chosen = np.sort(random.choice(vectors.count, size, replace=False)).astype(np.int64)
    index.train(vectors.gather(chosen))
    for _, block in vectors.blocks(_BLOCK):
        index.add(block)
    facts = _lists_needed(index, vectors, random, recall)
    faiss.write_index(index, str(path))
    return facts


def _lists_needed(
    index: Any,  # noqa: ANN401
    vectors: VectorFile,
    random: np.random.Generator,
    recall: float,
) -> dict[str, float]:
    """Read more and more lists until enough of the nearest to a sample are found.

    Where vectors lie closer than the codes tell apart, further lists bring none of the
    nearest, only rivals of theirs: after a few that do not help, the fewest that did are taken.
    """
    queries = sample(vectors, random)
    exact = nearest(vectors, queries, 10)
    lists, best, since = _FEWEST, {"lists": 0.0, "recall": -1.0}, 0
    while True:
        index.nprobe = min(lists, index.nlist)
        _, found = index.search(queries, _COMPARED)
        reached = float(
            np.mean([_share(vectors, *row) for row in zip(queries, exact, found, strict=True)])
        )
        now, since = {"lists": float(index.nprobe), "recall": round(reached, 4)}, since + 1
        if reached >= recall:
            return now
        if reached >= best["recall"] + _HELPS:
            best, since = now, 0
        if lists >= index.nlist or since == _PATIENCE:
            return best
        lists += lists // 2


def _share(vectors: VectorFile, query: Vectors, exact: Numbers, found: Numbers) -> float:
    """Return the share of the nearest that is found; one as near as the last counts for it."""
    last = float((vectors.gather(exact) @ query).min())
    scores = vectors.gather(found[found >= 0]) @ query
    return min(1.0, float(np.count_nonzero(scores >= last - 1e-6)) / len(exact))


def sample(vectors: VectorFile, random: np.random.Generator) -> Vectors:
    """Return vectors as questions have them: near what is stored, but not on it."""
    size = min(_SAMPLE, vectors.count)
    chosen, others = (
        vectors.gather(np.sort(random.choice(vectors.count, size, replace=False))) for _ in range(2)
    )
    return unit_rows(chosen + np.float32(0.5) * others[random.permutation(size)])


def nearest(vectors: VectorFile, queries: Vectors, k: int) -> npt.NDArray[np.int64]:
    """Return the numbers of the ``k`` nearest to each query, by comparing with all vectors."""
    scores = np.full((len(queries), k), -np.inf, np.float32)
    numbers = np.full((len(queries), k), -1, np.int64)
    for first, block in vectors.blocks(_BLOCK):
        names = np.tile(np.arange(first, first + len(block)), (len(queries), 1))
        names = np.concatenate([numbers, names], axis=1)
        both = np.concatenate([scores, queries @ block.T], axis=1)
        best = np.argpartition(-both, k - 1, axis=1)[:, :k]
        scores = np.take_along_axis(both, best, 1)
        numbers = np.take_along_axis(names, best, 1)
    return numbers


class VectorIndex:
    """What finds the nearest of a segment's vectors: all of them in memory, or lists on disk.

    Args:
        vectors: all vectors.
        lists: the file of lists; None to compare with every vector.
        probes: how many lists are read for a query.

    Raises:
        IndexDamagedError: the file is not what the manifest says.
    """

    def __init__(self, vectors: VectorFile, dim: int, lists: Path | None, probes: int) -> None:
        self._vectors = vectors
        self._dim = dim
        self._probes = probes
        self._lock = threading.Lock()
        self._lists: Any = None if lists is None else _opened(lists, dim, vectors.count)
        self._all: Any = None

    def search(
        self, query: Vectors, k: int, among: Mask | None = None, *, exact: bool = False
    ) -> tuple[Numbers, npt.NDArray[np.float32]]:
        """Return the numbers and cosines of the ``k`` nearest, in no order.

        Args:
            query: (dim,) float32, unit length.
            k: clamped to what there is.
            among: those to look among; None for all.
            exact: compare with all of them, whatever there is.
        """
        there = self._vectors.count if among is None else int(np.count_nonzero(among))
        k = min(k, there)
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if self._lists is None:
            return _search(self._loaded(), query, k, among, None)
        if exact and among is None:
            return self._compare(query, k, nearest(self._vectors, query.reshape(1, -1), k)[0])
        if among is not None and (exact or there <= EXACT_UP_TO):
            return self._compare(query, k, np.flatnonzero(among))
        depth = max(k, min(k * _DEPTH, _COMPARED))
        found, _ = _search(self._lists, query, depth, among, self._probes)
        return self._compare(query, k, np.sort(found))

    def _compare(
        self, query: Vectors, k: int, numbers: Numbers
    ) -> tuple[Numbers, npt.NDArray[np.float32]]:
        """Return the nearest of ``numbers``, by their stored vectors."""
        scores = self._vectors.gather(numbers) @ query
        best = np.argsort(-scores, kind="stable")[:k]
        return numbers[best], scores[best]

    def _loaded(self) -> Any:  # noqa: ANN401  (FAISS has no types)
        """Read all vectors at the first question, where they are compared one by one."""
        with self._lock:
            if self._all is None:
                import faiss

                index: Any = faiss.IndexFlatIP(self._dim)
                for _, block in self._vectors.blocks(_BLOCK):
                    index.add(block)
                self._all = index
            return self._all


def _search(
    index: Any,  # noqa: ANN401
    query: Vectors,
    k: int,
    among: Mask | None,
    probes: int | None,
) -> tuple[Numbers, npt.NDArray[np.float32]]:
    import faiss

    # A second thread does not help one query and hurts when the cores are busy.
    faiss.omp_set_num_threads(1)
    api = cast(Any, faiss)
    if among is None and probes is None:
        scores, numbers = index.search(query.reshape(1, -1), k)
        return numbers[0], scores[0]
    bits = None if among is None else np.packbits(among, bitorder="little")
    selector = None if bits is None else api.IDSelectorBitmap(bits)
    if probes is None:
        parameters = api.SearchParameters(sel=selector)
    else:
        parameters = api.SearchParametersIVF(sel=selector, nprobe=probes)
    scores, numbers = index.search(query.reshape(1, -1), k, params=parameters)
    found = numbers[0] >= 0
    return numbers[0][found], scores[0][found]


def _opened(path: Path, dim: int, count: int) -> Any:  # noqa: ANN401
    import faiss

    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise damaged(path) from error
    if (index.d, index.ntotal, index.metric_type) != (dim, count, faiss.METRIC_INNER_PRODUCT):
        raise damaged(path)
    return index
