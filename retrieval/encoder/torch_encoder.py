"""The encoder that loads any sentence-transformers model, on a CPU or a GPU."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ModelError
from .base import (
    DOCUMENT_WINDOWS,
    QUERY_WINDOWS,
    EncoderSpec,
    OnBatch,
    Vectors,
    evenly,
    send_nothing,
    unit_rows,
)  # fmt: skip

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_GROUP = 512
"""Texts handed over at a time, so that progress can be told and a wish to stop be heard."""


def prepare_torch(device: str, *, offline: bool = False) -> str:
    """Import torch, quietly, and return "cpu" or "cuda".

    Raises:
        ModelError: there is no such device.
    """
    send_nothing()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"
        os.environ["TRANSFORMERS_OFFLINE"] = "1"
    import torch
    import transformers

    transformers.logging.disable_progress_bar()
    if device == "cuda" and not torch.cuda.is_available():
        raise ModelError("There is no CUDA device here.", "Use --device cpu or --device auto.")
    return "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"


def load_sentence_transformer(source: str, device: str, *, offline: bool) -> SentenceTransformer:
    """Load a model by path, or by name from the local model cache or a hub.

    Args:
        source: a folder or a public name.
        device: "cpu", "cuda" or "auto" (a GPU if there is one).
        offline: never look on the network.

    Raises:
        ModelError: there is no such model, or no such device.
    """
    chosen = prepare_torch(device, offline=offline)
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(source, device=chosen, trust_remote_code=False)
    except Exception as error:  # the hub client, transformers and torch each raise their own
        raise ModelError(
            f"The model {source} could not be loaded "
            f"({type(error).__name__}: {_first_line(error)}).",
            "Name a sentence-transformers model folder, or a public name with a network at hand.",
        ) from error


def prompt_of(model: SentenceTransformer, *names: str) -> str:
    """Return the model's prompt for the first of ``names`` it knows, else its default."""
    for name in names:
        if name in model.prompts:
            return model.prompts[name] or ""
    default = model.default_prompt_name
    return model.prompts.get(default, "") if default else ""


class TorchEncoder:
    """sentence-transformers itself: for GPUs, and for models that cannot be exported."""

    def __init__(self, model: SentenceTransformer, spec: EncoderSpec) -> None:
        self._model = model
        self._spec = spec
        self._tokenizer: Any = model.tokenizer

    @property
    def spec(self) -> EncoderSpec:
        """See :class:`Encoder`."""
        return self._spec

    @property
    def passage_window(self) -> int:
        """See :class:`Encoder`."""
        special = self._tokenizer.num_special_tokens_to_add()
        prompt = self.count_tokens([self._spec.document_prompt])[0]
        return max(8, self._spec.window - int(special) - prompt)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See :class:`Encoder`."""
        if not texts:
            return []
        ids = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]
        return [len(item) for item in ids]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See :class:`Encoder`."""
        found = [
            self._encode([text], self._spec.query_prompt, None, QUERY_WINDOWS) for text in texts
        ]
        return np.concatenate([np.empty((0, self._spec.dim), np.float32), *found])

    def encode_documents(self, texts: Sequence[str], on_batch: OnBatch | None = None) -> Vectors:
        """See :class:`Encoder`."""
        return self._encode(texts, self._spec.document_prompt, on_batch, DOCUMENT_WINDOWS)

    def _encode(
        self, texts: Sequence[str], prompt: str, on_batch: OnBatch | None, most: int
    ) -> Vectors:
        sums = np.zeros((len(texts), self._spec.dim), np.float32)
        owners: list[int] = []
        parts: list[str] = []
        for number, text in enumerate(texts):
            for part in evenly(self._split(prompt + text), most) if text else []:
                owners.append(number)
                parts.append(part)
        for first in range(0, len(parts), _GROUP):
            group = parts[first : first + _GROUP]
            # The prompt is already there; sentence-transformers must not add its default.
            vectors = self._model.encode(
                group, prompt="", convert_to_numpy=True, normalize_embeddings=True,
                show_progress_bar=False,
            )  # fmt: skip
            np.add.at(sums, owners[first : first + _GROUP], np.asarray(vectors, np.float32))
            if on_batch is not None:
                on_batch(len(group))
        return unit_rows(sums)

    def _split(self, text: str) -> list[str]:
        """Split a text that is longer than the window at token boundaries."""
        limit = self.passage_window
        offsets = self._tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )["offset_mapping"]
        if len(offsets) <= self._spec.window - int(self._tokenizer.num_special_tokens_to_add()):
            return [text]
        starts = [offsets[i][0] for i in range(0, len(offsets), limit)]
        return [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:200]
