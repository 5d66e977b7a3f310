"""A cross-encoder that reads question and sentence together, where the user names one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..errors import ModelError, SettingsError
from .torch_encoder import prepare_torch


class Reranker(Protocol):
    """Scores pairs of a question and a text."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return a score for each text, higher for a better answer, about 0 to 1."""
        ...


class CrossEncoderReranker:
    """A cross-encoder of sentence-transformers, by folder or by public name.

    Raises:
        ModelError: there is no such model, or no such device, or it gives several scores.
    """

    def __init__(self, name: str, device: str) -> None:
        chosen = prepare_torch(device)
        import torch
        from sentence_transformers import CrossEncoder

        try:
            self._model = CrossEncoder(
                name, device=chosen, trust_remote_code=False, activation_fn=torch.nn.Sigmoid()
            )
        except Exception as error:  # the hub client, transformers and torch each raise their own
            raise ModelError(
                f"The reranker {name} could not be loaded ({type(error).__name__}).",
                "Name a cross-encoder's folder, or a public name with a network at hand.",
            ) from error
        given = self._model.config.num_labels
        if given != 1:
            raise ModelError(
                f"The model {name} is no reranker: it gives {given} scores.",
                "Name a cross-encoder with one score, such as cross-encoder/ms-marco-MiniLM-L6-v2.",
            )

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """See :class:`Reranker`."""
        found = self._model.predict(
            [(question, text) for text in texts], show_progress_bar=False, batch_size=16
        )
        return [float(value) for value in found]


def second_look(reranker: str | None, reader: str | None, device: str) -> Reranker | None:
    """Return what reads the best sentences again; None where neither is named.

    Raises:
        SettingsError: both are named.
        ModelError: see :class:`CrossEncoderReranker` and :class:`~.reader.SpanReader`.
    """
    if reranker and reader:
        raise SettingsError(
            f"Both a reranker ({reranker}) and a reader ({reader}) are named.",
            "Name one of them: each puts the best sentences in an order of its own.",
        )
    if reader:
        from .reader import SpanReader

        return SpanReader(reader, device)
    return CrossEncoderReranker(reranker, device) if reranker else None
