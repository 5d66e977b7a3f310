"""From ranked passages to the sentences that answer."""

from .choosing import FEATURES, Choice, sentence_vector, spread, weigh
from .features import Features, Wants
from .wanted import wanted

__all__ = [
    "FEATURES",
    "Choice",
    "Features",
    "Wants",
    "sentence_vector",
    "spread",
    "wanted",
    "weigh",
]
