"""How much memory indexing and asking take, as the documents grow.

The text is made up and the vectors cost nothing, for the model's are a matter of
hours: all else is what it is for everybody. ``python -m tests.torture_size 20 40``
gives megabytes of text; each size runs in a process of its own.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np

from retrieval.encoder import EncoderSpec, Vectors
from retrieval.encoder.base import OnBatch

_FILE = 250_000
"""Bytes of a file."""


class FreeEncoder:
    """Gives vectors that cost nothing: as many, and as long, as those of the usual model."""

    @property
    def spec(self) -> EncoderSpec:
        return EncoderSpec("all-MiniLM-L6-v2", "free", 384, 256, "", "")

    @property
    def passage_window(self) -> int:
        return 254

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [1 + len(text) // 5 for text in texts]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        found = np.random.default_rng(len(texts)).standard_normal((len(texts), 384))
        unit: Vectors = (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
        return unit

    def encode_documents(self, texts: Sequence[str], on_batch: OnBatch | None = None) -> Vectors:
        if on_batch:
            on_batch(len(texts))
        return self.encode_queries(texts)


def write(root: Path, megabytes: float, file: int = _FILE) -> None:
    """Write so much text of words that are as frequent as words are."""
    chance = random.Random(1)
    words = ["".join(chance.choices("abcdefghilmnoprstu", k=2 + n % 9)) for n in range(40_000)]
    upto = list(accumulate(1 / (n + 3) for n in range(len(words))))
    for number in range(max(1, round(megabytes * 1e6 / file))):
        parts: list[str] = []
        size = 0
        while size < file:
            said = " ".join(chance.choices(words, cum_weights=upto, k=chance.randrange(6, 30)))
            parts.append(f"{said.capitalize()}.{chance.choice(['  ', ' ', chr(10) * 2])}")
            size += len(parts[-1])
        path = root / f"{number % 97:02d}" / f"{number:06d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(parts))


def measure(megabytes: float, file: int = _FILE) -> dict[str, float]:
    """Index so much text in this process and ask; return seconds and megabytes of memory."""
    from retrieval import Retriever, load_settings
    from retrieval.indexing import update_index
    from retrieval.store import open_snapshot

    with tempfile.TemporaryDirectory(prefix="quoth-size-") as folder:
        root, index = Path(folder, "corpus"), Path(folder, "index")
        write(root, megabytes, file)
        (Path(folder) / "config.toml").touch()
        settings = load_settings(environ={}, file=Path(folder, "config.toml"))
        encoder = FreeEncoder()
        before = _peak()
        began = time.monotonic()
        report = update_index(root, index, settings, lambda: encoder)
        seconds, peak = time.monotonic() - began, _peak()
        with Retriever(open_snapshot(index), encoder, settings) as retriever:
            for path in sorted(root.rglob("*.txt"))[:30]:
                retriever.ask(path.read_text()[5_000:5_080])
        return {
            "megabytes": megabytes, "documents": report.documents, "passages": report.passages,
            "seconds": round(seconds, 1), "before_mb": before, "peak_mb": peak,
            "asking_mb": _peak(),
        }  # fmt: skip


def measured(megabytes: float, file: int = _FILE) -> dict[str, float]:
    """Do :func:`measure` in a process of its own."""
    words = [sys.executable, "-m", "tests.torture_size", "--inside", str(megabytes), str(file)]
    done = subprocess.run(
        words, check=True, capture_output=True, text=True, cwd=Path(__file__).parent.parent
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _peak() -> float:
    """Return the most memory this process ever held, in megabytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1e6 if sys.platform == "darwin" else 1e3), 1)


def main(argv: Sequence[str]) -> int:
    if argv[:1] == ["--inside"]:
        sys.stdout.write(json.dumps(measure(float(argv[1]), int(argv[2]))))
        return 0
    for size in argv or ["10", "20", "40"]:
        megabytes, _, file = size.partition("/")
        sys.stdout.write(json.dumps(measured(float(megabytes), int(file or _FILE))) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
