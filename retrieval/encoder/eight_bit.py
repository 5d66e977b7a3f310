"""Weights of eight bits for bulk encoding, kept where what they lose was measured to be little.

Only documents are encoded with them: a question is encoded exactly, whatever the index
was made with.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import Vectors
    from .onnx_encoder import OnnxEncoder

FACTS_FILE = "eight_bit.json"
ALIKE = 0.99
"""The least mean cosine to the exact vectors; at 0.994 SQuAD 2.0 lost nothing that could be
measured (docs/experiments.md), at 0.95 a point and a half."""
_SAMPLES = 24
_LENGTH = 500
"""Characters of a sample: about a passage."""


def write(exact: Path, target: Path, *, narrow: bool = False) -> None:
    """Write an exported graph with weights of eight bits, each output channel on its own scale.

    Args:
        exact: the graph.
        target: the file to write.
        narrow: use seven of the bits. Sums of eight overflow on processors without VNNI; what is
            measured where it is used need not care, what is shipped must.

    Raises:
        ValueError, RuntimeError: the graph cannot be written so.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    told = logging.getLogger()
    before = told.level
    told.setLevel(logging.ERROR)  # it gives advice on the root logger
    try:
        quantize_dynamic(
            str(exact), str(target), per_channel=True, reduce_range=narrow,
            weight_type=QuantType.QInt8,
        )  # fmt: skip
    finally:
        told.setLevel(before)


def measure(exact: OnnxEncoder, quick: OnnxEncoder) -> dict[str, float]:
    """Compare the two on real text: how alike their vectors are.

    How much faster one is depends on what else the machine does meanwhile, and so would the
    answers, if that were asked.
    """
    texts = samples()
    one: Vectors = exact.encode_documents(texts)
    other: Vectors = quick.encode_documents(texts)
    cosines = (one * other).sum(axis=1)
    return {
        "cosine": round(float(cosines.mean()), 5),
        "least_cosine": round(float(cosines.min()), 5),
    }


def samples() -> list[str]:
    """Return English text that every Python has with it: that of its own manual."""
    from pydoc_data.topics import topics

    whole = [topics[name] for name in sorted(topics) if len(topics[name]) > _LENGTH]
    return [text[:_LENGTH] for text in whole[:: max(1, len(whole) // _SAMPLES)]][:_SAMPLES]


def holds(folder: Path) -> bool:
    """Say whether an export has such weights and they were measured to lose little."""
    try:
        facts = json.loads((folder / FACTS_FILE).read_text("utf-8"))
        return float(facts["cosine"]) >= ALIKE
    except (OSError, ValueError, KeyError, TypeError):
        return False
