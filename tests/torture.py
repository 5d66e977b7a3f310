"""Kill, break, damage and crowd everything that is kept; the long run is ``make torture``.

Each part runs in a process of its own, with ``faults.c`` preloaded, and forks from
there, so that libraries are loaded once.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.forking import Tally

_SHIM = Path(__file__).with_name("faults.c")
PARTS = ("faults", "damage", "keeping", "order", "crowd", "hostile")


def compiler() -> str | None:
    return shutil.which("cc") if sys.platform == "linux" else None


def run(part: str, count: int, seed: int = 1, files: int = 1000) -> dict[str, Any]:
    """Run a part in a process with the shim preloaded; return what it tells."""
    with tempfile.TemporaryDirectory(prefix="quoth-torture-") as folder:
        shim = Path(folder, "faults.so")
        subprocess.run(
            [str(compiler()), "-O1", "-shared", "-fPIC", "-o", str(shim), str(_SHIM), "-ldl"],
            check=True,
        )
        environment = {
            **os.environ, "LD_PRELOAD": str(shim), "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1", "QUOTH_DATA_DIR": f"{folder}/data",
        }  # fmt: skip
        words = ["-m", "tests.torture", "--inside", folder, "--part", part]
        words += ["--count", str(count), "--seed", str(seed), "--files", str(files)]
        done = subprocess.run(
            [sys.executable, *words], env=environment, capture_output=True, text=True,
            cwd=Path(__file__).parent.parent,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def _inside(folder: Path, part: str, count: int, seed: int, files: int) -> Tally:
    import faiss  # noqa: F401  (loaded once, before forking)
    import tantivy  # noqa: F401

    from tests import torture_crowd, torture_hostile, torture_index, torture_keeping, torture_order

    if part == "faults":
        bench = torture_index.Bench(folder, seed)
        bench.faults(count)
        return bench.tally
    if part == "damage":
        bench = torture_index.Bench(folder, seed)
        bench.damage(count, files)
        return bench.tally
    simple: dict[str, Callable[[Path, int, int], Tally]] = {
        "keeping": torture_keeping.keeping, "order": torture_order.order,
        "careless": partial(torture_order.order, careless=True),
        "crowd": torture_crowd.crowd, "hostile": torture_hostile.hostile,
    }  # fmt: skip
    return simple[part](folder, count, seed)


def main(argv: Sequence[str] | None = None) -> int:
    """Run all of it and print what was tried; 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.torture")
    parser.add_argument("--points", type=int, default=300, help="steps to kill or fail at (300)")
    parser.add_argument(
        "--bites", type=int, default=500, help="places to damage in each file (500)"
    )
    parser.add_argument("--updates", type=int, default=50, help="updates while others ask (50)")
    parser.add_argument("--inputs", type=int, default=400, help="hostile inputs of each kind (400)")
    parser.add_argument("--files", type=int, default=1000, help="the most files to damage (1000)")
    parser.add_argument("--seed", type=int, default=1, help="another run of chance (1)")
    parser.add_argument("--part", help=f"only this part: {', '.join(PARTS)}")
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.inside:
        tally = _inside(args.inside, args.part, args.count, args.seed, args.files)
        sys.stdout.write(json.dumps({"tried": dict(tally.tried), "wrong": tally.wrong}))
        return 0
    if compiler() is None:
        sys.stdout.write("skipped: it needs Linux and a C compiler\n")
        return 0
    counts = {
        "faults": args.points, "damage": args.bites, "keeping": args.points // 3,
        "order": 1, "crowd": args.updates, "hostile": args.inputs,
    }  # fmt: skip
    wrong = 0
    for part in [args.part] if args.part else PARTS:
        began = time.monotonic()
        found = run(part, counts[part], args.seed, args.files)
        found |= {"part": part, "seconds": round(time.monotonic() - began)}
        wrong += len(found["wrong"])
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
