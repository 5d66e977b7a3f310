"""How time, size and memory grow with a corpus of real text.

Run with ``python -m eval.benchmarks.scale``. The text is what packages on the machine
bring for people to read, manual pages first; the vectors of all but a sample are those of
the sample, moved a little (see ``replicated``), since to embed everything takes hours. A
machine that does other work beside stretches times: what counts is how they grow.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval import Retriever, load_settings
from retrieval.encoder import load_encoder
from retrieval.indexing import update_index
from retrieval.recall import measure_recall
from retrieval.store import open_snapshot

from .replicated import ReplicatedEncoder, sample_texts
from .scale_report import write_report
from .texts import write_files

_ASKED = 100
_WARMED = 10
_FILES_EMBEDDED = 1_000
"""Files whose passages and sentences are the sample."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure each size, print JSON, and write the table and the plot."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m eval.benchmarks.scale")
    parser.add_argument("--files", default="100,1000,8400", help="sizes (100,1000,8400)")
    parser.add_argument("--embedded", type=int, default=_FILES_EMBEDDED, help="files embedded")
    parser.add_argument("--out", type=Path, help="folder for scale.json, .md and .png")
    parser.add_argument("--keep", type=Path, help="folder for the corpora and indexes")
    parser.add_argument("--asking", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.asking:
        sys.stdout.write(json.dumps(ask(args.asking)))
        return 0
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    result: dict[str, Any] = {"machine": machine, "embedded_files": args.embedded, "sizes": []}
    with tempfile.TemporaryDirectory() as scratch:
        for files in args.files.split(","):
            result["sizes"].append(measure(args.keep or Path(scratch), int(files), args.embedded))
            if args.out:  # what comes next may take an hour, and be stopped
                write_report(result, args.out)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    return 0


def encoder(embedded: int, folder: Path) -> ReplicatedEncoder:
    """Return the encoder; the sample is cut from the first files of the corpus."""
    settings = load_settings()
    real = load_encoder(settings)
    return ReplicatedEncoder(real, sample_texts(folder, embedded, real), settings.cache_dir)


def measure(folder: Path, files: int, embedded: int) -> dict[str, Any]:
    """Build a corpus and its index, ask it in a new process, and change it."""
    settings = load_settings()
    used = encoder(embedded, folder)
    corpus, index = folder / f"corpus-{files}", folder / f"index-{files}"
    if not corpus.is_dir():
        write_files(corpus, files)

    def update() -> float:
        started = time.perf_counter()
        update_index(corpus, index, settings, lambda: used)
        return round(time.perf_counter() - started, 3)

    busy = time.process_time()
    found: dict[str, Any] = {"build_seconds": update()}
    found["build_processor_seconds"] = round(time.process_time() - busy, 3)
    words = ["-m", "eval.benchmarks.scale", "--asking", str(index)]
    told = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True)
    found |= json.loads(told.stdout)
    found["unchanged_seconds"] = min(update() for _ in range(3))
    some = sorted(corpus.rglob("*.txt"))[:: max(1, files // 5)][:5]
    before = _files(index)
    found["change_seconds"] = []
    for number, path in enumerate(some):
        path.write_text(path.read_text("utf-8") + f"\n\nSentence {number}, {time.time()}.", "utf-8")
        found["change_seconds"].append(update())
    found["change_mb"] = round(_new(before, index) / len(some) / 1e6, 3)
    some[0].rename(some[0].with_name("renamed.txt"))
    found["rename_seconds"] = update()
    some[0].with_name("renamed.txt").unlink()
    found["delete_seconds"] = update()
    return found


def ask(index: Path) -> dict[str, Any]:
    """Ask an index in this process; return what it took."""
    started = time.perf_counter()
    settings = load_settings()
    snapshot = open_snapshot(index)
    opened = time.perf_counter() - started
    used = load_encoder(settings)  # as the other one for questions, without a sample in memory
    taken, parts = [], []
    with Retriever(snapshot, used, settings) as retriever:
        for question in _questions(snapshot.info.passages, retriever):
            began = time.perf_counter()
            answer = retriever.ask(question)
            taken.append((time.perf_counter() - began) * 1e3)
            parts.append(answer.timings)
        resident = _resident()
        recall = measure_recall(snapshot)
        info, lists = snapshot.info, snapshot.lists()
    p50, p95, p99 = np.percentile(taken[_WARMED:], [50, 95, 99])
    return {
        "documents": info.documents, "passages": info.passages, "sentences": info.sentences,
        "open_seconds": round(opened, 3), "resident_mb": round(resident, 1),
        "index_mb": round(sum(s for s, _ in _files(index).values()) / 1e6, 1),
        "ask_ms": {"p50": round(p50, 2), "p95": round(p95, 2), "p99": round(p99, 2)},
        "parts_ms": {
            name: round(float(np.median([part.get(name, 0.0) for part in parts[_WARMED:]])), 2)
            for name in parts[0]
        },
        "recall_at_10": recall.recall, "recall_sample": recall.sample, "lists": lists,
    }  # fmt: skip


def _questions(passages: int, retriever: Retriever) -> list[str]:
    """Make questions of the words of sentences here and there."""
    random = np.random.default_rng(1)
    questions = []
    for row in random.integers(0, passages, _ASKED + _WARMED).tolist():
        spans = retriever.snapshot.spans(row)
        text = retriever.snapshot.passages(row)[0].document.text
        span = spans[len(spans) // 2]
        words = [w for w in text[span.start : span.end].split() if any(map(str.isalnum, w))][:8]
        questions.append("what is " + " ".join(words)[:200])
    return questions


def _files(index: Path) -> dict[Path, tuple[int, int]]:
    """Return the size and the inode of each file of an index."""
    return {
        path: (path.stat().st_size, path.stat().st_ino)
        for path in index.rglob("*")
        if path.is_file()
    }


def _new(before: dict[Path, tuple[int, int]], index: Path) -> int:
    """Return the bytes of files that were not there; the catalog grows by what is stored."""
    return sum(size for path, (size, _) in _files(index).items() if path not in before)


def _resident() -> float:
    """Return the megabytes of memory that this process holds now; 0 where that is not told."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


if __name__ == "__main__":
    sys.exit(main())
