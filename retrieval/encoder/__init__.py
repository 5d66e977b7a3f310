"""Encoders: from a model's name to texts turned into vectors.

Nothing heavy is imported here; torch only when a model is exported for the
first time or has to run on it.
"""

from .base import Encoder, EncoderSpec, Vectors
from .models import load_encoder
from .pair import PairEncoder, Reading, own_pair_encoder
from .reranker import Reranker, second_look

__all__ = [
    "Encoder", "EncoderSpec", "PairEncoder", "Reading", "Reranker", "Vectors", "load_encoder",
    "own_pair_encoder", "second_look",
]  # fmt: skip
