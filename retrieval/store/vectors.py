"""The only file that knows FAISS: exact inner-product search over unit vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..encoder import Vectors
from .layout import damaged


def write_vectors(path: Path, vectors: Vectors, dim: int) -> None:
    """Write an exact FAISS index of ``vectors``, (n, dim) float32, in their order."""
    import faiss

    index = faiss.IndexFlatIP(dim)
    if len(vectors):
        index.add(np.ascontiguousarray(vectors, np.float32))
    faiss.write_index(index, str(path))


class VectorIndex:
    """A FAISS file, read into memory.

    Raises:
        IndexDamagedError: the file is not what the manifest says.
    """

    def __init__(self, path: Path, dim: int, count: int) -> None:
        import faiss

        self._faiss: Any = faiss
        try:
            self._index: Any = faiss.read_index(str(path))
        except RuntimeError as error:
            raise damaged(path) from error
        shape = (self._index.d, self._index.ntotal, self._index.metric_type)
        if shape != (dim, count, faiss.METRIC_INNER_PRODUCT):
            raise damaged(path)
        # A second thread does not help one query and hurts when the cores are busy.
        faiss.omp_set_num_threads(1)

    def search(
        self, query: Vectors, k: int, allowed: npt.NDArray[np.int64] | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Return the numbers and cosines of the ``k`` nearest, best first.

        Args:
            query: (dim,) float32, unit length.
            k: clamped to what there is.
            allowed: ascending numbers to look among; None for all.
        """
        k = min(k, self._index.ntotal if allowed is None else len(allowed))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        parameters = None
        if allowed is not None:
            selector = self._faiss.IDSelectorBatch(np.ascontiguousarray(allowed, np.int64))
            parameters = self._faiss.SearchParameters(sel=selector)
        scores, numbers = self._index.search(query.reshape(1, -1), k, params=parameters)
        order = np.lexsort((numbers[0], -scores[0]))
        return numbers[0][order], scores[0][order]

    def rows(self, first: int, count: int) -> Vectors:
        """Return ``count`` stored vectors from number ``first``, (count, dim) float32."""
        if count == 0:
            return np.empty((0, self._index.d), np.float32)
        result: Vectors = self._index.reconstruct_n(first, count)
        return result
