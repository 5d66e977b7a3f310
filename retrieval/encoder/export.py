"""Export a sentence-transformers model to ONNX once, so that asking needs no torch.

The whole pipeline (transformer, pooling, normalisation, and any further module)
becomes one graph: token ids in, unit vectors out. The export is checked against
sentence-transformers before it is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ModelError
from . import eight_bit
from .base import EIGHT_BIT, EncoderSpec
from .onnx_encoder import EIGHT_BIT_FILE, MODEL_FILE, SPEC_FILE, TOKENIZER_FILE, OnnxEncoder
from .torch_encoder import TorchEncoder, prompt_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PARITY = 1e-5
"""The largest difference allowed between an exported vector and the original."""

_SAMPLES = (
    "Who led the inquiry?",
    "The report was published in June 2022, and its summary three years later.",
    "x",
    "A longer text, so that more than a few positions of the window are filled. " * 8,
)
_OPSET = 17


class NotExportableError(Exception):
    """The model needs torch: its graph or its tokenizer cannot be exported faithfully."""


def weights_hash(folder: Path) -> str:
    """Return a sha256 over the files of a model folder that decide its vectors."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        named = relative.startswith(".") or "/." in relative or relative.lower().endswith(".md")
        if named or not path.is_file():
            continue
        total.update(relative.encode() + b"\0" + file_sha256(path).encode() + b"\n")
    return total.hexdigest()


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def spec_of(model: SentenceTransformer, name: str, weights: str) -> EncoderSpec:
    """Describe a loaded model."""
    dim = model.get_embedding_dimension()
    if not dim:
        raise ModelError(f"The model {name} gives no vectors.", "Name a text embedding model.")
    return EncoderSpec(
        name=name,
        weights=weights,
        dim=int(dim),
        window=min(int(model.max_seq_length or 512), 8192),
        query_prompt=prompt_of(model, "query"),
        document_prompt=prompt_of(model, "document", "passage", "corpus"),
    )


def export(model: SentenceTransformer, spec: EncoderSpec, target: Path) -> None:
    """Write an exported model into the new folder ``target``, atomically.

    Raises:
        NotExportableError: no faithful export is possible.
        OSError: the disk is full or not writable.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".export-", dir=target.parent))
    try:
        _write_graph(model, scratch / MODEL_FILE)
        _tokenizer(model).save(str(scratch / TOKENIZER_FILE))
        (scratch / SPEC_FILE).write_text(json.dumps(asdict(spec), indent=1), "utf-8")
        _check_parity(model, spec, scratch)
        _write_eight_bit(scratch)
        for path in scratch.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write_eight_bit(folder: Path) -> None:
    """Write the graph with weights of eight bits besides, and how it compares."""
    try:
        eight_bit.write(folder / MODEL_FILE, folder / EIGHT_BIT_FILE)
    except OSError:
        raise
    except Exception:  # the quantiser raises a type for each thing it lacks; exact weights remain
        (folder / EIGHT_BIT_FILE).unlink(missing_ok=True)
        return
    facts = eight_bit.measure(OnnxEncoder(folder), OnnxEncoder(folder, precision=EIGHT_BIT))
    (folder / eight_bit.FACTS_FILE).write_text(json.dumps(facts, indent=1), "utf-8")


def _tokenizer(model: SentenceTransformer) -> Any:  # noqa: ANN401  (tokenizers.Tokenizer has no stubs)
    fast = getattr(model.tokenizer, "backend_tokenizer", None)
    if fast is None:
        raise NotExportableError("its tokenizer is not a fast one")
    return fast


def _write_graph(model: SentenceTransformer, path: Path) -> None:
    import torch

    class Pipeline(torch.nn.Module):
        """All modules of the model in one forward pass."""

        def __init__(self) -> None:
            super().__init__()
            self.stages = torch.nn.ModuleList(list(model))

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            features: dict[str, Any] = dict(zip(names, tensors, strict=True))
            for stage in self.stages:
                features = stage(features)
            embedding: torch.Tensor = features["sentence_embedding"]
            return torch.nn.functional.normalize(embedding, dim=-1)

    _attend_plainly(model)
    batch = model.preprocess(["a short text", "a text with a few more words to export with"])
    names = [key for key in ("input_ids", "attention_mask", "token_type_ids") if key in batch]
    axes = {name: {0: "batch", 1: "tokens"} for name in names} | {"embedding": {0: "batch"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.onnx.export(
                Pipeline().eval(), tuple(batch[name].cpu() for name in names), str(path),
                input_names=names, output_names=["embedding"], dynamic_axes=axes,
                opset_version=_OPSET, dynamo=False,
            )  # fmt: skip
        except OSError:
            raise
        except Exception as error:  # the exporter raises a type for each thing it lacks
            raise NotExportableError(f"{type(error).__name__} while exporting") from error


def _attend_plainly(model: SentenceTransformer) -> None:
    """Have attention computed step by step, which the runtime does in two thirds of the time.

    What torch fuses is exported with guards against rows without any token, which no text has.
    """
    for stage in model:
        choose = getattr(getattr(stage, "auto_model", None), "set_attn_implementation", None)
        if choose is not None:
            choose("eager")


def _check_parity(model: SentenceTransformer, spec: EncoderSpec, folder: Path) -> None:
    texts = list(_SAMPLES)
    reference = TorchEncoder(model, spec).encode_documents(texts)
    exported = OnnxEncoder(folder).encode_documents(texts)
    difference = float(np.abs(reference - exported).max())
    if not difference <= PARITY:
        raise NotExportableError(f"its vectors differ by {difference:.1e} after export")
