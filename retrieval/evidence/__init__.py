"""From ranked passages to the sentences that answer."""

from .choosing import FEATURES, Choice, sentence_vector, spread, weigh
from .features import Features, Wants
from .reading import read_again, reading_of
from .wanted import wanted

__all__ = [
    "FEATURES",
    "Choice",
    "Features",
    "Wants",
    "read_again",
    "reading_of",
    "sentence_vector",
    "spread",
    "wanted",
    "weigh",
]
