"""What an encoder is: texts to unit vectors, with the model's own prompts and window."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

_T = TypeVar("_T")
Vectors = npt.NDArray[np.float32]
"""(n, dim) float32, rows of unit length; a row of an empty text is zero."""

QUERY_WINDOWS, DOCUMENT_WINDOWS = 4, 64
"""A text of more windows than this is represented by that many, evenly spread. A question
is encoded while somebody waits."""

OnBatch = Callable[[int], None]
"""Told how many texts have been encoded since the last call."""


Precision = Literal["fp32", "int8"]
EXACT: Precision = "fp32"
EIGHT_BIT: Precision = "int8"


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """Everything that decides which vector a text gets."""

    name: str
    """As the user named the model."""
    weights: str
    """sha256 over the model's files."""
    dim: int
    window: int
    """The most tokens of one input, special tokens included."""
    query_prompt: str
    document_prompt: str
    """Put before each text of that side; empty for most models."""
    precision: Precision = EXACT
    """Of the weights that documents are encoded with: "fp32" or "int8"."""

    @property
    def asked(self) -> EncoderSpec:
        """What decides the vector of a question: the precision of documents does not."""
        return replace(self, precision=EXACT)

    @property
    def id(self) -> str:
        """Equal for two encoders that give the same vectors, whatever they are called."""
        values = {key: value for key, value in asdict(self).items() if key != "name"}
        if self.precision == EXACT:
            del values["precision"]  # so it was called before there was another
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> EncoderSpec:
        """Rebuild a spec from its fields.

        Raises:
            TypeError: fields are missing or unknown.
        """
        return cls(**values)


class Encoder(Protocol):
    """Turns texts into vectors."""

    @property
    def spec(self) -> EncoderSpec:
        """What this encoder is."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return (n, dim) float32 unit vectors, with the model's query prompt.

        Each has the same bits whatever stands beside it.
        """
        ...

    def encode_documents(self, texts: Sequence[str], on_batch: OnBatch | None = None) -> Vectors:
        """Return (n, dim) float32 unit vectors, with the model's document prompt.

        A text longer than the window is split into windows, whose vectors are averaged.
        """
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return each text's number of tokens, without the special tokens around it."""
        ...

    @property
    def passage_window(self) -> int:
        """The most tokens a passage may have to fit one input with its prompt."""
        ...


def evenly(windows: Sequence[_T], most: int) -> list[_T]:
    """Return at most ``most`` of the windows of a text, evenly spread."""
    step = max(1.0, len(windows) / most)
    return [windows[int(number * step)] for number in range(min(len(windows), most))]


def send_nothing() -> None:
    """Keep the libraries that run models from reporting what they do; call before importing them.

    ONNX Runtime sends reports to its maker unless this variable is set when it is loaded.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("DO_NOT_TRACK", "1")


def unit_rows(vectors: Vectors) -> Vectors:
    """Scale each row to unit length; a zero row stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Vectors = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return result
