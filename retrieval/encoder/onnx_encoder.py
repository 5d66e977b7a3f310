"""The encoder for asking and for bulk on a CPU: ONNX Runtime and tokenizers, no torch."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .base import (
    DOCUMENT_WINDOWS,
    EIGHT_BIT,
    EXACT,
    QUERY_WINDOWS,
    EncoderSpec,
    OnBatch,
    Precision,
    Vectors,
    evenly,
    unit_rows,
)  # fmt: skip
from .runtime import cores, opened, whole

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MODEL_FILE = "model.onnx"
EIGHT_BIT_FILE = "model.int8.onnx"
TOKENIZER_FILE = "tokenizer.json"
SPEC_FILE = "encoder.json"

_REMEDY = "Delete that folder; it is made again at the next run."
_BATCH_TOKENS = 512
"""Tokens in a batch, padding included: what is worked on stays in a core's cache."""
_ASKING_THREADS = 2
"""Threads for one question: a fifth faster where two cores idle, no slower where they do not."""

_Window = tuple[int, list[int]]
"""Number of the text, and token ids with special tokens."""


class OnnxEncoder:
    """An exported sentence-transformers model.

    Args:
        folder: holds the graph (tokens in, unit vectors out), the tokenizer and the spec.
        threads: batches encoded at a time; 0 means as many as cores.
        precision: of the weights that documents are encoded with.

    Raises:
        ModelError: the folder is not a complete export.
    """

    def __init__(self, folder: Path, threads: int = 0, precision: Precision = EXACT) -> None:
        from tokenizers import Tokenizer

        self._folder = folder
        with whole(folder, _REMEDY):
            values = json.loads((folder / SPEC_FILE).read_text("utf-8"))
            self._spec = EncoderSpec.from_dict({**values, "precision": precision})
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._threads = threads or cores()
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._special = self._tokenizer.num_special_tokens_to_add(is_pair=False)

    @cached_property
    def _asking(self) -> Any:  # noqa: ANN401  (the runtime has no types)
        return self._opened(MODEL_FILE, min(_ASKING_THREADS, self._threads))

    @cached_property
    def _reading(self) -> Any:  # noqa: ANN401
        # A process that only asks, or only indexes, holds one of the two.
        if self._spec.precision == EIGHT_BIT:
            return self._opened(EIGHT_BIT_FILE, 1)  # each batch on one core, all cores at work
        return self._asking

    def _opened(self, name: str, threads: int) -> Any:  # noqa: ANN401
        with whole(self._folder, _REMEDY):
            return opened(self._folder / name, threads)

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

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, "encode")

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See :class:`Encoder`."""
        prompted = [self._spec.query_prompt + text for text in texts]
        session = self._asking

        # Each by itself: in a batch the last bits would depend on its neighbours.
        alone = self._pool.map if len(prompted) > 1 and self._threads > 1 else map
        parts = alone(lambda text: self._query(session, text), prompted)
        return np.concatenate([np.empty((0, self._spec.dim), np.float32), *parts])

    def _query(self, session: Any, text: str) -> Vectors:  # noqa: ANN401
        """Encode one text in this thread: the pool's threads must not wait for one another."""
        sums = np.zeros((1, self._spec.dim), np.float32)
        for batch in _batches(self._windows([text], QUERY_WINDOWS), _BATCH_TOKENS):
            sums[0] += _run(session, batch).sum(axis=0)
        return unit_rows(sums)

    def encode_documents(self, texts: Sequence[str], on_batch: OnBatch | None = None) -> Vectors:
        """See :class:`Encoder`."""
        prompted = [self._spec.document_prompt + text for text in texts]
        # Weights of eight bits come with one scale for all that is worked on together: alone, a
        # text's vector depends on nothing else, and nothing is padding.
        tokens = 1 if self._spec.precision == EIGHT_BIT else _BATCH_TOKENS
        sums = np.zeros((len(texts), self._spec.dim), np.float32)
        batches = list(_batches(self._windows(prompted, DOCUMENT_WINDOWS), tokens))
        for batch, vectors in zip(batches, self._runs(self._reading, batches), strict=True):
            np.add.at(sums, [number for number, _ in batch], vectors)
            if on_batch is not None:
                on_batch(len(batch))
        return unit_rows(sums)

    def _runs(
        self,
        session: Any,  # noqa: ANN401
        batches: Sequence[Sequence[_Window]],
    ) -> Iterator[Vectors]:
        """Yield each batch's vectors, in order, with as many batches at work as there are cores."""
        if len(batches) < 2 or self._threads == 1:
            yield from (_run(session, batch) for batch in batches)
            return
        waiting: deque[Future[Vectors]] = deque()
        for batch in batches:
            waiting.append(self._pool.submit(_run, session, batch))
            if len(waiting) > self._threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _windows(self, texts: Sequence[str], most: int) -> list[_Window]:
        """Return the windows of each text."""
        found: list[_Window] = []
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


def _run(session: Any, batch: Sequence[_Window]) -> Vectors:  # noqa: ANN401
    """Return the vector of each window."""
    width = max(len(ids) for _, ids in batch)
    ids = np.zeros((len(batch), width), np.int64)
    mask = np.zeros((len(batch), width), np.int64)
    for row, (_, tokens) in enumerate(batch):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    named = {node.name: feeds[node.name] for node in session.get_inputs()}
    vectors: Vectors = session.run(None, named)[0]
    return vectors


def _batches(windows: Sequence[_Window], tokens: int) -> Iterator[list[_Window]]:
    """Yield texts of like length together, so that little of a batch is padding."""
    batch: list[_Window] = []
    for window in sorted(windows, key=lambda window: len(window[1])):
        if batch and (len(batch) + 1) * len(window[1]) > tokens:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch
