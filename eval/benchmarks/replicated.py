"""An encoder for measuring size: real vectors for some texts, like ones for all others.

To embed a million texts takes hours. Here a sample is embedded once; any other text
gets the vector of one of the sample, moved a little, so that it lies where real text
lies and is not twice in the same place. Questions are embedded as always.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from retrieval.encoder import Encoder, EncoderSpec, Vectors
from retrieval.passages import cut_passages
from retrieval.reading import read_document

from .texts import write_files

MOVED = 0.35
"""Length of what is added to a vector of length one."""
_LONG = 200
"""Characters; longer texts get the vector of a longer text."""


def cut_texts(folder: Path, paths: Iterable[Path], encoder: Encoder) -> list[str]:
    """Return the passages of some files of a folder, each followed by its sentences."""
    texts: list[str] = []
    for path in paths:
        document = read_document(folder, path.relative_to(folder).as_posix())
        for passage in cut_passages(document, encoder.count_tokens, encoder.passage_window):
            texts.append(document.text[passage.start : passage.end])
            texts += [document.text[s.start : s.end] for s in passage.sentences]
    return texts


def sample_texts(folder: Path, files: int, encoder: Encoder) -> list[str]:
    """Return the texts of the first files of text, kept in a folder beside the corpora."""
    sample = folder / "sample"
    if not sample.is_dir():
        write_files(sample, files)
    return cut_texts(sample, sorted(sample.rglob("*.txt"))[:files], encoder)


class ReplicatedEncoder:
    """See :class:`retrieval.encoder.Encoder`."""

    def __init__(self, real: Encoder, sample: Sequence[str], cache: Path) -> None:
        self._real = real
        texts = list(dict.fromkeys(sample))
        key = f"{zlib.crc32(chr(0).join(texts).encode()):08x}-{real.spec.id}"
        file = cache / "benchmarks" / f"sample-{key}.npy"
        if not file.is_file():
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, real.encode_documents(texts), allow_pickle=False)
        vectors: Vectors = np.load(file, mmap_mode="r", allow_pickle=False)
        long = np.array([len(text) > _LONG for text in texts])
        self._pools = [np.array(vectors[~long]), np.array(vectors[long])]

    @property
    def spec(self) -> EncoderSpec:
        """See :class:`Encoder`."""
        return replace(self._real.spec, weights=f"replicated-{self._real.spec.weights[:8]}")

    @property
    def passage_window(self) -> int:
        """See :class:`Encoder`."""
        return self._real.passage_window

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See :class:`Encoder`."""
        return self._real.count_tokens(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See :class:`Encoder`."""
        return self._real.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str], on_batch: object = None) -> Vectors:
        """Return a vector for each text, always the same one for the same text."""
        hashes = [zlib.crc32(text.encode("utf-8")) for text in texts]
        pools = [self._pools[len(text) > _LONG] for text in texts]
        noise = np.stack([np.random.default_rng(h).standard_normal(self.spec.dim) for h in hashes])
        noise *= MOVED / np.linalg.norm(noise, axis=1, keepdims=True)
        base = np.stack([pool[h % len(pool)] for pool, h in zip(pools, hashes, strict=True)])
        moved = base + noise
        result: Vectors = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
        return result
