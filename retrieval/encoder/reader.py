"""An extractive reader that looks for the answer's words, where the user names one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ModelError
from .torch_encoder import prepare_torch

_LONGEST = 384
"""Tokens of question and sentence together."""
_SPAN = 30
"""Tokens of the longest answer."""


class SpanReader:
    """A question-answering model of transformers, by folder or by public name.

    A text's score is that of its best span against the model's own "no answer", the first
    token, as in SQuAD 2.0 (Devlin et al. 2019, section 4.3).

    Raises:
        ModelError: there is no such model, or no such device, or it marks no spans.
    """

    def __init__(self, name: str, device: str) -> None:
        self._device = prepare_torch(device)
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
            loaded, told = AutoModelForQuestionAnswering.from_pretrained(
                name, trust_remote_code=False, output_loading_info=True
            )
        except Exception as error:  # the hub client, transformers and torch each raise their own
            raise ModelError(
                f"The reader {name} could not be loaded ({type(error).__name__}).",
                "Name a reader's folder, or a public name with a network at hand.",
            ) from error
        if told["missing_keys"]:
            raise ModelError(
                f"The model {name} is no reader: it was not trained to mark an answer's words.",
                "Name one that was, such as deepset/roberta-base-squad2.",
            )
        self._model: Any = loaded.to(self._device).eval()

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """See :class:`~retrieval.encoder.Reranker`."""
        if not texts:
            return []
        import torch

        batch = self._tokenizer(
            [question] * len(texts),
            list(texts),
            truncation="only_second",
            max_length=_LONGEST,
            padding=True,
            return_tensors="pt",
        )
        inside = [[part == 1 for part in batch.sequence_ids(i)] for i in range(len(texts))]
        with torch.inference_mode():
            found = self._model(**batch.to(self._device))
        starts = found.start_logits.float().cpu().numpy()
        ends = found.end_logits.float().cpu().numpy()
        return [_score(*each) for each in zip(starts, ends, np.array(inside), strict=True)]


def _score(starts: np.ndarray, ends: np.ndarray, inside: np.ndarray) -> float:
    """Return how far the best span stands above no answer, 0 to 1."""
    none = float(starts[0] + ends[0])
    places = np.flatnonzero(inside)
    spans = starts[places][:, None] + ends[places][None, :]
    length = places[None, :] - places[:, None]
    allowed = spans[(length >= 0) & (length < _SPAN)]
    above = float(allowed.max()) - none if allowed.size else -30.0
    return float(1.0 / (1.0 + np.exp(-np.clip(above, -30.0, 30.0))))
