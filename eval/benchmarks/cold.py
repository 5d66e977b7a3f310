"""How long a question takes from a cold shell, against importing sentence-transformers.

Run with ``python -m eval.benchmarks.cold``. The two commands take turns, so that a
machine whose speed drifts slows both; the ratio of each pair is what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from retrieval import build_index

QUESTION = "Who was the highest-ranking officer investigated under Operation Linden?"
LIMIT = 0.2
"""The most a question may take of the time of the bare import."""
_IMPORT = ("-c", "from sentence_transformers import SentenceTransformer")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a JSON object, and return 1 if the limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m eval.benchmarks.cold")
    parser.add_argument("--corpus", type=Path, default=Path("seeds"), help="a folder (seeds)")
    parser.add_argument("--runs", type=int, default=5, help="pairs of runs (5)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder, "index")
        build_index(args.corpus, index)
        ask = ("-m", "retrieval.cli", "ask", QUESTION, "--index", str(index))
        seconds(ask), seconds(_IMPORT)  # files into memory
        pairs = [(seconds(ask), seconds(_IMPORT)) for _ in range(max(1, args.runs))]
    result = summary(pairs)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return int(result["ratio"]["median"] > LIMIT)


def summary(pairs: Sequence[tuple[float, float]]) -> dict[str, dict[str, float]]:
    """Return medians and ranges of both commands and of their ratio, pair by pair."""
    columns = {
        "ask_seconds": [ask for ask, _ in pairs],
        "import_seconds": [other for _, other in pairs],
        "ratio": [ask / other for ask, other in pairs],
    }
    machine = {"cores": float(os.cpu_count() or 0), "runs": float(len(pairs))}
    figures = {
        name: {
            "min": round(min(values), 3),
            "median": round(statistics.median(values), 3),
            "max": round(max(values), 3),
        }
        for name, values in columns.items()
    }
    return {
        f"machine ({platform.machine()}, Python {platform.python_version()})": machine
    } | figures


def seconds(words: Sequence[str]) -> float:
    """Return the wall time of a Python command that must succeed."""
    # Installed programs have their byte code: a shell that forbids keeping it measures a compiler.
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, env=kept)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
