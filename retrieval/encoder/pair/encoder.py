"""Reading a question and a sentence together, without torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..models import bundled_folder
from ..runtime import cores, opened, whole
from .windows import Window, window

if TYPE_CHECKING:
    from tokenizers import Tokenizer

GRAPH_FILE = "pair.int8.onnx"
TOKENIZER_FILE = "tokenizer.json"
"""Of all-MiniLM-L6-v2, from which the pair encoder was made."""
_REMEDY = "Install quoth again, or do without it: --no-pair."


def marks_of(tokenizer: Tokenizer) -> tuple[int, int]:
    """Return the ids of [CLS] and [SEP]."""
    start, separator = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    if start is None or separator is None:
        raise ValueError("the tokenizer knows no [CLS] or no [SEP]")
    return start, separator


class Reading(NamedTuple):
    """A sentence as the pair encoder reads it."""

    title: str
    """The document's."""
    before: str
    """The sentence before it; empty where there is none."""
    sentence: str


class PairEncoder:
    """Scores how far a sentence answers a question.

    Opens its graph beside whatever else is done; what is wrong with it is told when it reads.

    Args:
        graph: an ONNX file; None for the one that comes with quoth.
        threads: sentences read at a time; 0 means as many as cores.
    """

    def __init__(self, graph: Path | None = None, threads: int = 0) -> None:
        self._graph = graph or Path(__file__).with_name(GRAPH_FILE)
        self._pool = ThreadPoolExecutor(threads or cores(), "read")
        self._opening = self._pool.submit(self._open)

    def scores(self, question: str, texts: Sequence[Reading]) -> list[float]:
        """Return the log-odds of each text against there being no answer, natural logarithm.

        Each text is read by itself, so that its score depends on nothing else.

        Raises:
            ModelError: the model's files are missing or damaged.
        """
        session = self._opening.result()
        windows = self._windows(question, texts)
        return list(self._pool.map(lambda each: _score(session, each), windows))

    def _windows(self, question: str, texts: Sequence[Reading]) -> list[Window]:
        parts = [question, *(part for text in texts for part in text)]
        encoded = self._tokenizer.encode_batch_fast(parts, add_special_tokens=False)
        asked, *told = [item.ids for item in encoded]
        size = len(Reading._fields)
        return [
            window(asked, told[at : at + size], self._marks) for at in range(0, len(told), size)
        ]

    def _open(self) -> Any:  # noqa: ANN401  (the runtime has no types)
        with whole(self._graph, _REMEDY):
            return opened(self._graph, 1)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        path = bundled_folder() / TOKENIZER_FILE
        with whole(path, _REMEDY):
            tokenizer: Tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _marks(self) -> tuple[int, int]:
        return marks_of(self._tokenizer)


@lru_cache(maxsize=2)
def own_pair_encoder(threads: int) -> PairEncoder:
    """Return the one that comes with quoth, opened once a process."""
    return PairEncoder(threads=threads)


if hasattr(os, "register_at_fork"):  # a child has none of its parent's threads
    os.register_at_fork(after_in_child=own_pair_encoder.cache_clear)


def _score(session: Any, pair: Window) -> float:  # noqa: ANN401
    feeds = {
        "input_ids": np.array([pair.ids], np.int64),
        "token_type_ids": np.array([pair.types], np.int64),
        "question": np.array([pair.question]),
        "text": np.array([pair.text]),
    }
    return float(session.run(None, feeds)[0][0])
