"""The encoder for asking and for bulk on a CPU: ONNX Runtime and tokenizers, no torch."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
    from tokenizers import Tokenizer

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
SPEC_FILE = "encoder.json"

_BATCH_TOKENS = 16 * 256
"""Tokens in a batch, padding included: long texts go in small batches, short in large."""


class OnnxEncoder:
    """An exported sentence-transformers model.

    Args:
        folder: holds the graph (tokens in, unit vectors out), the tokenizer and the spec.
        threads: for one inference; 0 means all cores.

    Raises:
        ModelError: the folder is not a complete export.
    """

    def __init__(self, folder: Path, threads: int = 0) -> None:
        send_nothing()
        import onnxruntime as ort
        from tokenizers import Tokenizer

        ort.disable_telemetry_events()  # where somebody else has loaded it before
        try:
            self._spec = EncoderSpec.from_dict(json.loads((folder / SPEC_FILE).read_text("utf-8")))
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
            options = ort.SessionOptions()
            options.intra_op_num_threads = threads or os.cpu_count() or 1
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            # Waiting threads that spin take the cores from whoever has work to do.
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            self._session = ort.InferenceSession(
                str(folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # each of the three libraries raises types of its own
            raise ModelError(
                f"The exported model in {folder} is damaged ({type(error).__name__}).",
                "Delete that folder; it is made again at the next run.",
            ) from error
        self._inputs = [node.name for node in self._session.get_inputs()]
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._special = self._tokenizer.num_special_tokens_to_add(is_pair=False)

    @property
    def spec(self) -> EncoderSpec:
        """See :class:`Encoder`."""
        return self._spec

    @property
    def passage_window(self) -> int:
        """See :class:`Encoder`."""
        prompt = self.count_tokens([self._spec.document_prompt])[0]
        return max(8, self._spec.window - self._special - prompt)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See :class:`Encoder`."""
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(item) for item in encoded]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See :class:`Encoder`."""
        return self._encode([self._spec.query_prompt + text for text in texts], None, QUERY_WINDOWS)

    def encode_documents(self, texts: Sequence[str], on_batch: OnBatch | None = None) -> Vectors:
        """See :class:`Encoder`."""
        prompt = self._spec.document_prompt
        return self._encode([prompt + text for text in texts], on_batch, DOCUMENT_WINDOWS)

    def _encode(self, texts: Sequence[str], on_batch: OnBatch | None, most: int) -> Vectors:
        sums = np.zeros((len(texts), self._spec.dim), np.float32)
        windows = self._windows(texts, most)
        # Texts of like length share a batch, so that little of it is padding.
        order = sorted(range(len(windows)), key=lambda i: len(windows[i][1]))
        pending: list[int] = []
        for position in order:
            longest = len(windows[position][1])
            if pending and (len(pending) + 1) * longest > _BATCH_TOKENS:
                self._add([windows[i] for i in pending], sums)
                _tell(on_batch, len(pending))
                pending = []
            pending.append(position)
        if pending:
            self._add([windows[i] for i in pending], sums)
            _tell(on_batch, len(pending))
        return unit_rows(sums)

    def _windows(self, texts: Sequence[str], most: int) -> list[tuple[int, list[int]]]:
        """Return (number of the text, token ids with special tokens) for each window."""
        found: list[tuple[int, list[int]]] = []
        limit = self._spec.window
        long: list[int] = []
        for number, item in enumerate(self._tokenizer.encode_batch_fast(list(texts))):
            if len(item) <= limit:
                if texts[number]:
                    found.append((number, item.ids))
            else:
                long.append(number)
        if long:
            cutter = self._cutter()
            for number in long:
                item = cutter.encode(texts[number])
                parts = [item, *item.overflowing]
                found.extend((number, part.ids) for part in evenly(parts, most))
        return found

    def _cutter(self) -> Tokenizer:
        """Return a tokenizer of its own that cuts at the window, so that threads can share this."""
        from tokenizers import Tokenizer

        cutter = Tokenizer.from_str(self._tokenizer.to_str())
        cutter.enable_truncation(self._spec.window)
        return cutter

    def _add(self, windows: Sequence[tuple[int, list[int]]], sums: Vectors) -> None:
        """Encode one batch and add each window's vector to its text's row."""
        width = max(len(ids) for _, ids in windows)
        ids = np.zeros((len(windows), width), np.int64)
        mask = np.zeros((len(windows), width), np.int64)
        for row, (_, tokens) in enumerate(windows):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        vectors = self._session.run(None, {name: feeds[name] for name in self._inputs})[0]
        np.add.at(sums, [number for number, _ in windows], vectors)


def _tell(on_batch: OnBatch | None, done: int) -> None:
    if on_batch is not None:
        on_batch(done)
