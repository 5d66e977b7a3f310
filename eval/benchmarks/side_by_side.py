"""quoth beside other systems: the same passages, questions, model and machine.

Run with ``python -m eval.benchmarks.side_by_side --data FOLDER --python NAME=PATH ...``:
FOLDER in BEIR's layout, and for each other system the Python of an environment that holds
it, sentence-transformers and the package of the model (docs/benchmarks.md lists them).
Systems take turns, question set after question set, so that a machine whose speed drifts
slows all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..beir import beir_documents
from ..errors import Mistakes
from ..questions import json_lines
from .extension import extend

WORKER = Path(__file__).with_name("rival.py")
_ROUNDS = 3
_ASKED = 50
"""Questions of a round; the first five warm up and are not counted."""
_COLD = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Build, ask in turns, print JSON and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, prog="python -m eval.benchmarks.side_by_side"
    )
    parser.add_argument("--data", type=Path, required=True, help="a folder in BEIR's layout")
    parser.add_argument(
        "--python", action="append", default=[], metavar="NAME=PATH", help="another system's Python"
    )
    parser.add_argument("--limit", type=int, default=10**9, help="passages (all)")
    parser.add_argument("--extend", type=int, default=0, metavar="N",
                        help="put other text beside, up to N passages")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help=f"rounds ({_ROUNDS})")
    parser.add_argument("--keep", type=Path, help="folder for the indexes")
    parser.add_argument("--out", type=Path, help="folder for side_by_side.json and .md")
    args = parser.parse_args(argv)
    pythons = dict.fromkeys(("quoth", "quoth-no-pair"), sys.executable)
    pythons |= dict(entry.split("=", 1) for entry in args.python)
    with tempfile.TemporaryDirectory() as scratch:
        result = measure(args.keep or Path(scratch), pythons, args)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")
    if args.out:
        (args.out / "side_by_side.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        (args.out / "side_by_side.md").write_text(table(result), "utf-8")
    return 0


def measure(folder: Path, pythons: Mapping[str, str], args: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of every system."""
    folder.mkdir(parents=True, exist_ok=True)
    data, rounds = args.data, args.rounds
    passages, right = _passages(data, args.limit), _right(data)
    known = {passage["name"] for passage in passages}
    asked = [(text, names & known) for text, names in right if names & known]
    asked = asked[:: max(1, len(asked) // (rounds * _ASKED))][: rounds * _ASKED]
    given: list[Path] = []
    if args.extend > len(passages):
        passages, vectors = extend(passages, args.extend, folder)
        given.append(vectors)
    (folder / "passages.json").write_text(json.dumps(passages), "utf-8")
    systems: dict[str, dict[str, Any]] = {
        name: _built(name, python, folder, len(passages), given) for name, python in pythons.items()
    }
    for number in range(rounds):
        part = asked[number * _ASKED : (number + 1) * _ASKED]
        questions = folder / "questions.json"
        questions.write_text(json.dumps([text for text, _ in part]), "utf-8")
        for name, python in pythons.items():
            _ask(systems[name], name, python, folder, questions, part)
    for figures in systems.values():
        _summarise(figures)
    return {
        "data": data.resolve().name, "passages": len(passages), "questions": len(asked),
        "vectors_given": bool(given),
        "cores": os.cpu_count(), "load": [round(each, 1) for each in os.getloadavg()],
        "systems": systems,
    }  # fmt: skip


def _passages(data: Path, limit: int) -> list[dict[str, str]]:
    found = [
        {"name": document.path.removesuffix(".txt"), "text": document.content}
        for document in beir_documents(data)
    ]
    return found[:limit]


def _right(data: Path) -> list[tuple[str, set[str]]]:
    """Return the questions that have an answer, each with the names of the right passages."""
    names = {d.id: d.path.removesuffix(".txt") for d in beir_documents(data)}
    found: dict[str, set[str]] = {}
    for line in (data / "qrels.tsv").read_text("utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) == 3 and fields[1] in names and int(fields[2]) > 0:
            found.setdefault(fields[0], set()).add(names[fields[1]])
    path = data / "queries.jsonl"
    queries = [value for _, value in json_lines(path, Mistakes(path))]
    return [(q["text"], found[q["_id"]]) for q in queries if q["_id"] in found]


def _built(
    name: str, python: str, folder: Path, passages: int, given: Sequence[Path]
) -> dict[str, Any]:
    """Build a system's index, unless an earlier run did."""
    store, told = folder / name, folder / f"{name}.json"
    if not told.is_file():
        store.mkdir()
        figures = _run(python, name, "build", store, folder / "passages.json", *given)
        told.write_text(json.dumps(figures), "utf-8")
    figures = json.loads(told.read_text("utf-8"))
    # What was given to quoth as files is the corpus, not the index.
    disk = _size(store) - _size(store / "documents")
    return {
        "passages_per_second": round(passages / figures["seconds"], 2),
        "processor_seconds": round(figures.get("processor_seconds", 0.0), 1),
        "disk_mb": round(disk / 1e6, 1), "install_mb": round(figures["install_mb"]),
        "cold": [], "milliseconds": [], "resident": [], "first": [], "five": [],
    }  # fmt: skip


def _ask(
    figures: dict[str, Any], name: str, python: str, folder: Path, questions: Path,
    part: Sequence[tuple[str, set[str]]],
) -> None:  # fmt: skip
    for question, _ in part[:_COLD]:
        began = time.perf_counter()
        _run(python, name, "cold", folder / name, question)
        figures["cold"].append(time.perf_counter() - began)
    told = _run(python, name, "warm", folder / name, questions)
    figures["milliseconds"] += told["milliseconds"][5:]
    figures["resident"].append(told["resident_mb"])
    for found, (_, right) in zip(told["found"], part, strict=True):
        figures["first"].append(len(right & set(found[:1])) / len(right))
        figures["five"].append(len(right & set(found[:5])) / len(right))


def _summarise(figures: dict[str, Any]) -> None:
    spent, cold = figures.pop("milliseconds"), figures.pop("cold")
    first, five, resident = (figures.pop(key) for key in ("first", "five", "resident"))
    figures |= {
        "cold_seconds": round(float(np.median(cold)), 3),
        "warm_ms": {f"p{p}": round(float(np.percentile(spent, p)), 1) for p in (50, 99)},
        "resident_mb": round(max(resident)),
        "recall_at_1": round(float(np.mean(first)), 3),
        "recall_at_5": round(float(np.mean(five)), 3),
    }


def _run(python: str, name: str, action: str, *words: object) -> dict[str, Any]:
    offline = {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    done = subprocess.run(
        [python, str(WORKER), name, action, *map(str, words)],
        check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **offline},
    )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _size(path: Path) -> int:
    return sum(p.stat().st_size for p in path.rglob("*") if p.is_file() and not p.is_symlink())


_COLUMNS: tuple[tuple[str, Callable[[Mapping[str, Any]], str]], ...] = (
    ("install, MB", lambda s: f"{s['install_mb']:,}"),
    ("cold question, s", lambda s: f"{s['cold_seconds']:.2f}"),
    ("warm p50, ms", lambda s: f"{s['warm_ms']['p50']:.1f}"),
    ("p99, ms", lambda s: f"{s['warm_ms']['p99']:.1f}"),
    ("passages/s", lambda s: f"{s['passages_per_second']:.1f}"),
    ("memory, MB", lambda s: f"{s['resident_mb']:,}"),
    ("disk, MB", lambda s: f"{s['disk_mb']:.1f}"),
    ("recall@1", lambda s: f"{s['recall_at_1']:.3f}"),
    ("recall@5", lambda s: f"{s['recall_at_5']:.3f}"),
)


def table(result: Mapping[str, Any]) -> str:
    """Return the figures as a Markdown table, a row a system."""
    columns = dict(_COLUMNS)
    if result["vectors_given"]:
        del columns["passages/s"]  # it would tell of what was not done
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for name, figures in result["systems"].items():
        lines.append(f"| {name} | " + " | ".join(read(figures) for read in columns.values()) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
