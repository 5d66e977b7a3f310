"""How much of what an exact search finds the index finds: measured, not assumed."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from .search import rank
from .store import Snapshot
from .writing import write_whole

SAMPLE = 20
_K = 10
_SEED = 7
_WORDS = 8
_FILE = "recall.json"


@dataclass(frozen=True, slots=True)
class Recall:
    """The share of the ten best passages of exact search that are found, or equally good ones."""

    recall: float
    sample: int
    """Questions it was measured with."""


def measure_recall(snapshot: Snapshot, sample: int = SAMPLE) -> Recall:
    """Search as for questions, with and without comparing every vector.

    A question is made of a sentence of the corpus: some of its words, and a vector
    between its own and that of another one.
    """
    total = snapshot.info.passages
    random = np.random.default_rng(_SEED)
    rows = np.sort(random.choice(total, min(sample, total), replace=False)).tolist()
    found, wanted = 0, 0
    for row, other in zip(rows, rows[1:] + rows[:1], strict=True):
        spans = snapshot.spans(row)
        if not spans:
            continue
        text = snapshot.passages(row)[0].document.text
        words = " ".join(text[spans[0].start : spans[0].end].split()[:_WORDS])
        vector = snapshot.sentence_vectors(row)[0] + 0.5 * snapshot.passage_vectors([other])[0]
        vector /= max(float(np.linalg.norm(vector)), 1e-9)
        got, best = (
            [round(hit.score, 6) for hit in rank(snapshot, vector, [(words, 1.0)], _K, exact=exact)]
            for exact in (False, True)
        )
        found += sum(score >= best[-1] for score in got)
        wanted += len(best)
    return Recall(round(found / wanted, 4) if wanted else 1.0, len(rows))


def keep(snapshot: Snapshot, measured: Recall) -> None:
    """Write beside the index what was measured; where nothing may be written, do nothing."""
    values = {"fingerprint": snapshot.info.fingerprint, **asdict(measured)}
    with suppress(OSError):
        write_whole(snapshot.info.path / _FILE, json.dumps(values).encode())


def kept(index: Path) -> tuple[Recall, str] | None:
    """Return what was measured last, and the fingerprint of the state it was measured on."""
    try:
        values = json.loads((index / _FILE).read_text("utf-8"))
        return Recall(float(values["recall"]), int(values["sample"])), str(values["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
