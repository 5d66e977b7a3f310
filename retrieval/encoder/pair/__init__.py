"""Quoth's own pair encoder, with its weights: see README.md beside this file."""

from .encoder import GRAPH_FILE, TOKENIZER_FILE, PairEncoder, Reading, marks_of, own_pair_encoder
from .windows import Window, window

__all__ = [
    "GRAPH_FILE", "TOKENIZER_FILE", "PairEncoder", "Reading", "Window", "marks_of",
    "own_pair_encoder", "window",
]  # fmt: skip
