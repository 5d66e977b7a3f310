"""Kill, break and damage an index, and look at what is left of it."""

from __future__ import annotations

import ctypes
import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.forking import KINDS, Tally, badly_ended, forked

_AT_ONCE = 25
"""Bites looked for in one process, which a crash would end."""
_ASKED = 6
"""Bites of each file after which questions are asked."""


class Scenario(NamedTuple):
    """Something done to an index, from one state to the next."""

    name: str
    before: Path | None
    """An index to copy; None for none."""
    act: Callable[[Path], None]


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
        """Flip a bit or cut the end off, at ``bites`` places of each of ``most`` files.

        A file with a checksum is opened after each bite, and has to be named; after some
        it is asked too, half of the times as if it were too large to check when opened.
        The catalog has no checksum of its own: after each bite it is gone through whole.
        """
        index = self.folder / "listed"
        expected = self._digest(self.folder / "after")
        named = forked(partial(_files_of_state, index)).told
        for name in self.random.sample(named, min(most, len(named))):
            places = [self.random.randrange((index / name).stat().st_size) for _ in range(bites)]
            for first in range(0, bites, _AT_ONCE):
                some = places[first : first + _AT_ONCE]
                ended = forked(partial(self._named, Path(name), some))
                told = ended.told if isinstance(ended.told, list) else [f"{ended}"]
                for _ in some[1:]:
                    self.tally.note("bites looked for", name, [])
                self.tally.note("bites looked for", name, told)
            self._ask_bitten(Path(name), min(bites, _ASKED), expected)

    def _ask_bitten(self, name: Path, bites: int, expected: str) -> None:
        for number in range(bites):
            place = self.random.randrange((self.folder / "listed" / name).stat().st_size)
            cut, unchecked = number % 4 == 3, number % 2 == 1
            where = f"{name}:{place}{' cut' if cut else ''}{' unchecked' if unchecked else ''}"
            ended = forked(partial(self._bitten, name, place, cut, unchecked))
            problems = list(badly_ended(ended, "damage"))
            if isinstance(ended.told, list):
                checked, found = ended.told
                problems += found
                self.tally.tried["quotes checked after bites"] += checked
            if name.name != "catalog.sqlite":
                problems += self._repaired(expected)
            self.tally.note("bites asked", where, problems)

    def _named(self, name: Path, places: list[int]) -> list[str]:
        """Say which bites were not told, though they changed something."""
        from retrieval.errors import QuothError
        from retrieval.store import open_snapshot

        work, problems = self._copy(self.folder / "listed"), []
        good = (work / name).read_bytes()
        rows = _rows(work) if name.name == "catalog.sqlite" else None
        for number, place in enumerate(places):
            (work / name).write_bytes(_bite(good, place, number))
            try:
                snapshot = open_snapshot(work)
                found = snapshot.check() if rows else []
                snapshot.close()
                if not found and (rows is None or _rows(work) != rows):
                    problems.append(f"a bite at {place} of {name} is not told")
            except QuothError as error:
                if rows is None and str(name) not in error.message:
                    problems.append(f"another file is named: {error.message}")
        return problems

    def _bitten(self, name: Path, place: int, cut: bool, unchecked: bool) -> tuple[int, list[str]]:
        """Ask a damaged index; return how many quotes it gave, and which are not in their files."""
        from retrieval import Retriever
        from retrieval.store import layout, open_snapshot
        from tests.changing import QUESTIONS

        work = self._copy(self.folder / "listed")
        (work / name).write_bytes(_bite((work / name).read_bytes(), place, 3 if cut else place % 3))
        if unchecked:  # as in an index too large for all checksums to be computed
            layout.check_folders.__defaults__ = (0,)
        checked, problems = 0, []
        with Retriever(open_snapshot(work), self.corpus.encoder, self.corpus.settings) as retriever:
            for question in QUESTIONS:
                for evidence in retriever.ask(question).evidence:
                    for citation in evidence.citations:
                        checked += 1
                        text = (self.corpus.root / citation.path).read_bytes().decode()
                        if text[citation.start : citation.end] != evidence.quote:
                            problems.append(f"a wrong quote: {evidence.quote!r}")
        return checked, problems

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


def _bite(good: bytes, place: int, number: int) -> bytes:
    """Change one bit; every fourth time, cut the end off."""
    if number % 4 == 3:
        return good[:place]
    data = bytearray(good)
    data[place] ^= 1 << (place * 7 + number) % 8
    return bytes(data)


def _files_of_state(index: Path) -> list[str]:
    """Return the files that the last commit consists of."""
    generation = sorted(index.glob("generation-*"))[-1]
    manifest = json.loads((generation / "manifest.json").read_text())
    folders = [generation, *(index / f"segment-{s['number']:08d}" for s in manifest["segments"])]
    files = [
        path for folder in folders for path in sorted(folder.rglob("*"))
        if path.is_file() and path.stat().st_size and path.suffix != ".lock"
    ]  # fmt: skip
    return [str(path.relative_to(index)) for path in (index / "catalog.sqlite", *files)]


def _rows(index: Path) -> list[object]:
    """Return all that stands in a catalog, whatever form its pages have."""
    db = sqlite3.connect(index / "catalog.sqlite")
    try:
        return [
            sorted(db.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608
            for table in ("meta", "contents", "passages", "sentences", "vectors", "documents",
                          "skipped", "uncommitted")
        ]  # fmt: skip
    except sqlite3.Error as error:
        return [str(error)]
    finally:
        db.close()
