"""A question set's passages among very many others, whose vectors are made ready beforehand.

To embed a hundred thousand passages takes each system an hour. Here each embeds the passages
of the set itself; for what is put beside them, pieces of text from the machine's packages, it
is given vectors like those of such text (see ``replicated``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from retrieval import load_settings
from retrieval.encoder import Encoder, EncoderSpec, Vectors, load_encoder

from .replicated import ReplicatedEncoder, cut_texts, sample_texts
from .texts import pieces

_EMBEDDED = 1_500
"""Files of text whose vectors the others are like."""
_LENGTH = 700
"""Characters of a passage, about those of a paragraph."""


class ExtendedEncoder(ReplicatedEncoder):
    """The real vectors of some texts, like ones for all others.

    An index made with it is opened as one of the model's: questions are embedded as always.
    """

    def __init__(
        self, real: Encoder, sample: Sequence[str], cache: Path, own: Collection[str]
    ) -> None:
        super().__init__(real, sample, cache)
        self._own = frozenset(own)

    @property
    def spec(self) -> EncoderSpec:
        """See :class:`retrieval.encoder.Encoder`."""
        return self._real.spec

    def encode_documents(self, texts: Sequence[str], on_batch: object = None) -> Vectors:
        """Return a vector for each text."""
        vectors = super().encode_documents(texts)
        real = [number for number, text in enumerate(texts) if text in self._own]
        if real:
            vectors[real] = self._real.encode_documents([texts[number] for number in real])
        return vectors


def extend(
    passages: Sequence[dict[str, str]], count: int, folder: Path
) -> tuple[list[dict[str, str]], Path]:
    """Put other passages after those given, until there are ``count``.

    Returns:
        All passages, and the file of the others' vectors, (others, dim) float32.
    """
    others = islice(pieces(length=_LENGTH), count - len(passages))
    added = [{"name": f"other{n:06d}", "text": text} for n, text in enumerate(others)]
    encoder = extended_encoder(folder, [])
    path = folder / "others.npy"
    vectors = encoder.encode_documents([passage["text"] for passage in added])
    np.save(path, vectors, allow_pickle=False)
    return [*passages, *added], path


def extended_encoder(folder: Path, own: Sequence[Path]) -> ExtendedEncoder:
    """Return the encoder that embeds only the texts of the files in ``own``.

    Args:
        folder: that of :func:`extend`.
        own: files of one folder.
    """
    settings = load_settings()
    real = load_encoder(settings)
    sample = sample_texts(folder, _EMBEDDED, real)
    texts = cut_texts(own[0].parent, own, real) if own else []
    return ExtendedEncoder(real, sample, settings.cache_dir, texts)
