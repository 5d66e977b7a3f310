"""The pair encoder while it learns, in torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from retrieval.encoder import Reading
from retrieval.encoder.pair import Window, window

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_FAR = -1e4
_SHARPNESS = 10.0
"""Of the softened minimum."""
_BEGIN = (6.0, 4.0, -3.0)
"""Weights of the mean and of the minimum, and the bias, that learning begins with."""


class PairModel(nn.Module):  # type: ignore[misc]  # torch has no types here
    """A BERT that reads both, and how well the text meets each token of the question.

    The score is that of late interaction (Khattab and Zaharia 2020), as a weighed mean and as a
    softened minimum over the question's tokens, with a head on the mean of all tokens: with the
    weights of a sentence encoder it begins where that one stands.
    """

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModel

        super().__init__()
        self.bert = AutoModel.from_pretrained(str(folder), attn_implementation="eager")
        size = self.bert.config.hidden_size
        self.weigh, self.dense, self.out = (
            nn.Linear(size, 1), nn.Linear(size, size), nn.Linear(size, 1),
        )  # fmt: skip
        self.mix = nn.Parameter(torch.tensor(_BEGIN))
        nn.init.zeros_(self.weigh.weight)
        nn.init.zeros_(self.out.weight)
        for parameter in self.bert.embeddings.parameters():
            parameter.requires_grad = False
        self.bert.embeddings.token_type_embeddings.weight.requires_grad = True

    def forward(self, ids: Tensor, types: Tensor, question: Tensor, text: Tensor) -> Tensor:
        """Return the log-odds of each window against there being no answer, (n,) float32.

        Args:
            ids: (n, tokens) int64; 0 fills up.
            types: the same, see :class:`retrieval.encoder.pair.Window`.
            question: the same, bool.
            text: the same.
        """
        mask = (ids != 0).long()
        states = self.bert(
            input_ids=ids, attention_mask=mask, token_type_ids=types
        ).last_hidden_state
        unit = functional.normalize(states, dim=-1)
        alike = (unit @ unit.transpose(1, 2)).masked_fill(~text[:, None, :], -1.0)
        met = alike.max(dim=2).values
        share = self.weigh(states)[..., 0].masked_fill(~question, _FAR).softmax(dim=1)
        count = question.sum(dim=1).float()
        least = torch.logsumexp((-_SHARPNESS * met).masked_fill(~question, _FAR), dim=1)
        least = (torch.log(count) - least) / _SHARPNESS
        whole = (states * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)
        whole = functional.dropout(whole, 0.1, self.training)
        head = self.out(torch.tanh(self.dense(whole)))[:, 0]
        score: Tensor = self.mix[0] * (share * met).sum(dim=1) + self.mix[1] * least + head
        return score + self.mix[2]


class Windows:
    """Makes windows of texts, remembering their tokens."""

    def __init__(self, tokenizer: Tokenizer, marks: tuple[int, int]) -> None:
        self._tokenizer, self._marks = tokenizer, marks
        self._ids: dict[str, list[int]] = {}

    def ids(self, text: str) -> list[int]:
        """Return the tokens of a text, without special ones."""
        if text not in self._ids:
            self._ids[text] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return self._ids[text]

    def of(self, question: str, text: Reading) -> Window:
        """Return the window of a question and a sentence."""
        return window(self.ids(question), [self.ids(part) for part in text], self._marks)


def batch(windows: Sequence[Window]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the windows side by side, filled up: what :meth:`PairModel.forward` takes."""
    shape = (len(windows), max(len(each.ids) for each in windows))
    ids, types = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    question, text = torch.zeros(shape, dtype=torch.bool), torch.zeros(shape, dtype=torch.bool)
    for row, each in enumerate(windows):
        for table, values in zip((ids, types, question, text), each, strict=True):
            table[row, : len(each.ids)] = torch.tensor(values)
    return ids, types, question, text
