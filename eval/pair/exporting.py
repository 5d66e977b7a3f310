"""Write the pair encoder as quoth reads it: ONNX with weights of eight bits."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import torch
from torch import Tensor

from retrieval.encoder import eight_bit

from .model import PairModel

_OPSET = 17


def export(model: PairModel, target: Path) -> None:
    """Write the graph into the file ``target``."""
    size = (1, 8)
    ids, types = torch.full(size, 5), torch.tensor([[0, 0, 0, 0, 1, 1, 1, 0]])
    question = torch.tensor([[False, True, True, *[False] * 5]])
    text = torch.tensor([[*[False] * 4, True, True, True, False]])
    names = ("input_ids", "token_type_ids", "question", "text")
    example: tuple[Tensor, ...] = (ids, types, question, text)
    with tempfile.TemporaryDirectory() as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exact = Path(made) / "exact.onnx"
        torch.onnx.export(
            model.eval(), example, str(exact), input_names=list(names),
            output_names=["score"], opset_version=_OPSET, dynamo=False,
            dynamic_axes={name: {0: "pairs", 1: "tokens"} for name in names},
        )  # fmt: skip
        eight_bit.write(exact, target, narrow=True)
