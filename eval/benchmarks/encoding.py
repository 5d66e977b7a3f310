"""How fast passages are encoded, beside sentence-transformers at its defaults.

Run with ``python -m eval.benchmarks.encoding --data FOLDER``, FOLDER in BEIR's layout.
Both encode the same passages in turns, so that a machine whose speed drifts slows both;
the ratio of each pair is what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from retrieval import load_settings
from retrieval.encoder import load_encoder

from ..beir import beir_documents
from .rivals import model_folder


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print a JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m eval.benchmarks.encoding")
    parser.add_argument("--data", type=Path, required=True, help="a folder in BEIR's layout")
    parser.add_argument("--passages", type=int, default=200, help="how many (200)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each (3)")
    args = parser.parse_args(argv)
    texts = [document.content for document in beir_documents(args.data)][: args.passages]
    sys.stdout.write(json.dumps(measure(texts, args.rounds), indent=1) + "\n")
    return 0


def measure(texts: Sequence[str], rounds: int) -> dict[str, Any]:
    """Encode texts by each way in turns; return passages a second and ratios."""
    library = import_module("sentence_transformers")
    plain = library.SentenceTransformer(model_folder(), device="cpu")
    settings = replace(load_settings(), device="cpu", backend="onnx")
    ways: dict[str, Callable[[], Any]] = {"plain": lambda: plain.encode(list(texts))}
    for precision in ("fp32", "int8"):
        encoder = load_encoder(replace(settings, precision=precision))
        ways[precision] = lambda encoder=encoder: encoder.encode_documents(texts)  # type: ignore[misc]
    vectors = {name: encode() for name, encode in ways.items()}  # and everything is warm
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, encode in ways.items():
            began = time.perf_counter()
            encode()
            spent[name].append(time.perf_counter() - began)
    exact = vectors["fp32"]
    return {
        "passages": len(texts), "cores": os.cpu_count(),
        "load": [round(each, 1) for each in os.getloadavg()],
        "passages_per_second": {
            name: round(len(texts) / statistics.median(times), 1) for name, times in spent.items()
        },
        "times_as_fast": {
            name: [round(a / b, 2) for a, b in zip(spent["plain"], spent[name], strict=True)]
            for name in ("fp32", "int8")
        },
        "cosine_of_int8": round(float(np.mean((exact * vectors["int8"]).sum(axis=1))), 5),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
