"""A loss of power: what a commit names is on disk before the commit, and so is the commit.

No test can cut the power. ``faults.c`` writes down every write, flush, rename and
removal in order, and the log is read for what would have been lost: a file that was
written and not flushed since, or whose entry in its folder was not.
"""

from __future__ import annotations

import ctypes
import os
from functools import partial
from pathlib import Path

from tests.forking import Tally, forked

_NAMED, _DONE = "named", "done"


class Disk:
    """What a loss of power might take, after the calls so far."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        """Written, and not flushed since."""
        self.entries: set[str] = set()
        """Made or moved, and their folder not flushed since. A removal may be undone."""
        self._moved = ""

    def call(self, what: str, path: str) -> None:
        if what == "w":
            self.files.add(path)
        elif what == "e":
            self.entries.add(path)
        elif what == "s":
            self.files.discard(path)
            self.entries -= {entry for entry in self.entries if os.path.dirname(entry) == path}
        elif what == "u":
            self.files.discard(path)
            self.entries.discard(path)
        elif what == "m":
            self._moved = path
        elif what == ">":
            self.entries |= {path, self._moved}
            if self._moved in self.files:
                self.files = (self.files - {self._moved}) | {path}

    def at_risk(self, under: str) -> list[str]:
        """Return what is not on disk, of what lies in folders that a commit names."""
        told = [f"{path} is not flushed" for path in sorted(self.files) if under in path]
        told += [f"the entry of {path} is not" for path in sorted(self.entries) if under in path]
        return [line for line in told if not line.split()[-3].endswith((".lock", "-shm"))]


def order(folder: Path, _count: int, seed: int, *, careless: bool = False) -> Tally:
    """Build, change, merge and repair an index; read the log of each.

    Args:
        careless: leave out the flushing of files, to see that it would be noticed.
    """
    from retrieval import load_settings
    from tests.changing import Corpus

    (folder / "corpus").mkdir()
    (folder / "disk").mkdir()
    (folder / "config.toml").touch()
    settings = load_settings(environ={}, file=folder / "config.toml")
    corpus = Corpus(folder / "corpus", folder / "disk" / "deep" / "index", settings, seed)
    corpus.add(40)
    tally = Tally()
    for number in range(8):
        log = folder / f"log-{number}"
        forked(partial(_logged, corpus, log, folder, repair=number == 7, careless=careless))
        tally.note("commits", f"commit {number}", list(_problems(log, corpus.index)))
        for _ in range(3):
            corpus.change_something()
    return tally


def _logged(corpus: object, log: Path, folder: Path, *, repair: bool, careless: bool) -> None:
    from retrieval.store import create_or_open_writer, layout, writer
    from tests.changing import Corpus

    assert isinstance(corpus, Corpus)
    shim = ctypes.CDLL(None)
    derive = writer.derive  # type: ignore[attr-defined]

    def marked(given: object, keep: object) -> object:
        derived = derive(given, keep)  # type: ignore[arg-type]
        shim.fault_mark(_NAMED.encode())
        return derived

    writer.derive = marked  # type: ignore[assignment,attr-defined]
    if careless:
        layout._sync_file = _forget
    shim.fault_log(str(log).encode())
    shim.fault_arm(str(folder / "disk").encode(), ctypes.c_long(0), 0)
    if repair:
        with create_or_open_writer(corpus.index) as opened:
            opened.rebuild()
            shim.fault_mark(_DONE.encode())
    else:
        corpus.update()
        shim.fault_mark(_DONE.encode())


def _forget(path: Path) -> None:
    """Flush nothing."""


def _problems(log: Path, index: Path) -> list[str]:
    """Say what a loss of power would take, before each switch and at the end of each run."""
    disk, problems, seen = Disk(), [], set()
    for line in log.read_text().splitlines():
        what, path = line[0], line[2:]
        if what != "#":
            disk.call(what, path)
            continue
        seen.add(path)
        for part in ("/segment-", "/generation-"):
            if path == _NAMED:
                problems += [f"before the commit: {one}" for one in disk.at_risk(part)]
        if path == _DONE:
            kept = [line for line in disk.at_risk("catalog.sqlite") if "-wal" in line]
            problems += [f"after the commit: {one}" for one in kept]
            entries = {str(index), str(index.parent), str(index / "catalog.sqlite")}
            problems += [f"after the commit: {e} has no entry" for e in entries & disk.entries]
    if _DONE not in seen:
        problems.append(f"the run did not end well: {seen}")
    return problems
