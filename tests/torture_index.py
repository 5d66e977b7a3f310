"""Kill, break and damage an index, and look at what is left of it.

``python -m tests.torture --points 320 --bites 40`` is the long run. Processes are
forked from one that has loaded everything, with ``faults.c`` preloaded.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.forking import badly_ended, forked

KINDS = {"kill": 1, "full": 2, "broken": 3, "short": 4}
_SHIM = Path(__file__).with_name("faults.c")


@dataclass(slots=True)
class Tally:
    """What was tried and what went wrong."""

    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, kind: str, where: str, problems: Sequence[str]) -> None:
        self.tried[kind] += 1
        self.wrong += [f"{kind} at {where}: {problem}" for problem in problems]


class Scenario(NamedTuple):
    """Something done to an index, from one state to the next."""

    name: str
    before: Path | None
    """An index to copy; None for none."""
    act: Callable[[Path], None]


def compiler() -> str | None:
    return shutil.which("cc") if sys.platform == "linux" else None


def run(points: int, bites: int, seed: int = 1, files: int = 1000) -> dict[str, Any]:
    """Run in a process with the shim preloaded; return what it tells."""
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
        words = ["-m", "tests.torture", "--inside", folder]
        words += ["--points", str(points), "--bites", str(bites)]
        words += ["--seed", str(seed), "--files", str(files)]
        done = subprocess.run(
            [sys.executable, *words], env=environment, capture_output=True, text=True,
            cwd=Path(__file__).parent.parent,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)
        found: dict[str, Any] = json.loads(done.stdout)
        return found


class Bench:
    """One corpus, with indexes of its states, and the faults done to copies of them."""

    def __init__(self, folder: Path, seed: int) -> None:
        from retrieval import load_settings
        from tests.changing import Corpus

        self.folder = folder
        self.random = random.Random(seed)
        (folder / "corpus").mkdir()
        (folder / "config.toml").touch()
        settings = load_settings(environ={}, file=folder / "config.toml")
        self.corpus = Corpus(folder / "corpus", folder / "index", settings, seed)
        self.tally = Tally()
        forked(self._prepare)

    def _prepare(self) -> None:
        """Make an index with lists and deletions, one with a change to come, one to merge."""
        corpus = self.corpus
        corpus.add(60)
        corpus.update()
        for path in sorted(corpus.root.rglob("*.txt"))[:6]:
            path.unlink()
        corpus.add(3)
        corpus.update()
        shutil.copytree(corpus.index, self.folder / "before")
        for _ in range(2):
            corpus.add(1)
            corpus.update()
        next(iter(sorted(corpus.root.rglob("*.txt")))).write_text("A lighthouse was lit in 1899.")
        shutil.copytree(corpus.index, self.folder / "merging")
        corpus.update()
        shutil.copytree(corpus.index, self.folder / "after")
        corpus.rebuilt(self.folder / "listed", 50)

    def scenarios(self) -> list[Scenario]:
        def update(index: Path) -> None:
            self.corpus.index = index
            self.corpus.update()

        def repair(index: Path) -> None:
            from retrieval.store import create_or_open_writer

            with create_or_open_writer(index) as writer:
                writer.rebuild()

        return [
            Scenario("first build", None, update),
            Scenario("update", self.folder / "before", update),
            Scenario("merge", self.folder / "merging", update),
            Scenario("repair", self.folder / "after", repair),
        ]

    def faults(self, points: int) -> None:
        """Kill or fail at ``points`` steps of every scenario together."""
        scenarios = self.scenarios()
        for number, scenario in enumerate(scenarios):
            share = points // len(scenarios) + (number < points % len(scenarios))
            before = self._digest(scenario.before) if scenario.before else None
            after = self._digest(self.folder / "after")
            steps = forked(partial(self._armed, scenario, 0, 0)).told["steps"]
            chosen = sorted(self.random.sample(range(1, steps + 1), min(share, steps)))
            for at, step in enumerate(chosen):
                kind = "kill" if at % 4 else self.random.choice(["full", "broken", "short"])
                where = f"step {step} of {steps} of {scenario.name}"
                ended = forked(partial(self._armed, scenario, step, KINDS[kind]))
                problems = list(badly_ended(ended, kind))
                left = forked(partial(self._left, before, after))
                problems += left.told if not left.signal and left.told else []
                problems += [f"signal {left.signal} afterwards"] if left.signal else []
                self.tally.note(kind, where, [str(problem) for problem in problems])

    def _armed(self, scenario: Scenario, step: int, kind: int) -> dict[str, Any]:
        work = self._copy(scenario.before)
        shim = ctypes.CDLL(None)
        shim.fault_arm(str(work).encode(), ctypes.c_long(step), kind)
        scenario.act(work)
        shim.fault_seen.restype = ctypes.c_long
        return {"steps": shim.fault_seen()}

    def _copy(self, index: Path | None) -> Path:
        work = self.folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        if index is not None:
            shutil.copytree(index, work)
        return work

    def _left(self, before: str | None, after: str) -> list[str]:
        """Say what is wrong with what a fault left."""
        from retrieval.errors import IndexMissingError
        from retrieval.store import open_snapshot

        work, problems = self.folder / "work", []
        try:
            found = self._state(work)
            if found not in (before, after):
                problems.append("the state is neither the last commit nor the new one")
        except IndexMissingError:
            if before is not None:
                problems.append("the last commit is gone")
        self.corpus.index = work
        self.corpus.update()
        if self._state(work) != after:
            problems.append("the next run does not complete it")
        snapshot = open_snapshot(work)
        problems += snapshot.check()
        generation = snapshot.info.generation
        snapshot.close()
        folders = {path.name for path in work.iterdir() if path.is_dir()}
        kept = {f"generation-{n:08d}" for n in (generation, generation - 1)}
        for name in kept & folders:
            manifest = json.loads((work / name / "manifest.json").read_text())
            kept |= {f"segment-{s['number']:08d}" for s in manifest["segments"]}
        return problems + [f"{name} stays behind" for name in sorted(folders - kept)]

    def damage(self, bites: int, most: int) -> None:
        """Flip a byte or cut the end off, at ``bites`` places of each of ``most`` files."""
        index = self.folder / "listed"
        expected = self._digest(self.folder / "after")
        files = [p for p in sorted(index.rglob("*")) if p.is_file() and p.stat().st_size]
        for file in self.random.sample(files, min(most, len(files))):
            name = file.relative_to(index)
            if name.name in ("writer.lock", "writer.json") or name.suffix == ".lock":
                continue
            for number in range(bites):
                place = self.random.randrange(file.stat().st_size)
                cut, unchecked = number % 4 == 3, number % 2 == 1
                where = f"{name}:{place}{' cut' if cut else ''}{' unchecked' if unchecked else ''}"
                ended = forked(partial(self._bitten, name, place, cut, unchecked))
                problems = list(badly_ended(ended, "damage"))
                if isinstance(ended.told, list):
                    problems += ended.told
                if name.name != "catalog.sqlite":
                    problems += self._repaired(expected)
                self.tally.note("cut" if cut else "flip", where, problems)

    def _bitten(self, name: Path, place: int, cut: bool, unchecked: bool) -> list[str]:
        """Ask a damaged index; say which quotes are not in their documents."""
        from retrieval import Retriever
        from retrieval.store import layout, open_snapshot
        from tests.changing import QUESTIONS

        work = self._copy(self.folder / "listed")
        data = bytearray((work / name).read_bytes())
        if cut:
            data = data[:place]
        else:
            data[place] ^= 1 << self.random.randrange(8)
        (work / name).write_bytes(data)
        if unchecked:  # as in an index too large for all checksums to be computed
            layout.check_folders.__defaults__ = (0,)
        problems = []
        with Retriever(open_snapshot(work), self.corpus.encoder, self.corpus.settings) as retriever:
            for question in QUESTIONS:
                for evidence in retriever.ask(question).evidence:
                    for citation in evidence.citations:
                        text = (self.corpus.root / citation.path).read_bytes().decode()
                        if text[citation.start : citation.end] != evidence.quote:
                            problems.append(f"a wrong quote: {evidence.quote!r}")
        return problems

    def _repaired(self, expected: str) -> Iterator[str]:
        from retrieval.store import create_or_open_writer

        def repair() -> str:
            with create_or_open_writer(self.folder / "work") as writer:
                writer.rebuild()
            return self._state(self.folder / "work")

        ended = forked(repair)
        if ended.signal or ended.told != expected:
            yield f"not repaired: {ended}"

    def _digest(self, index: Path) -> str:
        return str(forked(partial(self._state, index)).told)

    def _state(self, index: Path) -> str:
        import hashlib

        from tests.changing import state_of

        return hashlib.sha256(repr(state_of(index, self.corpus)).encode()).hexdigest()


def _inside(folder: Path, points: int, bites: int, seed: int, files: int) -> dict[str, Any]:
    import faiss  # noqa: F401  (loaded once, before forking)
    import tantivy  # noqa: F401

    bench = Bench(folder, seed)
    if points:
        bench.faults(points)
    if bites:
        bench.damage(bites, files)
    return {"tried": dict(bench.tally.tried), "wrong": bench.tally.wrong}


def main(argv: Sequence[str] | None = None) -> int:
    """Run all of it and print what was tried; 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.torture")
    parser.add_argument("--points", type=int, default=320, help="steps to kill or fail at (320)")
    parser.add_argument("--bites", type=int, default=30, help="places to damage in each file (30)")
    parser.add_argument("--files", type=int, default=1000, help="the most files to damage (1000)")
    parser.add_argument("--seed", type=int, default=1, help="another run of chance (1)")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.inside:
        found = _inside(args.inside, args.points, args.bites, args.seed, args.files)
    elif compiler() is None:
        sys.stdout.write("skipped: it needs Linux and a C compiler\n")
        return 0
    else:
        found = run(args.points, args.bites, args.seed, args.files)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0 if args.inside else int(bool(found["wrong"]))


if __name__ == "__main__":
    sys.exit(main())
