"""Eight processes ask while one changes the index again and again."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from pathlib import Path

from tests.forking import Tally, forked

READERS = 8
_PATIENCE = 10.0
"""Seconds for one open and its questions, on a machine that does much else."""


def crowd(folder: Path, updates: int, seed: int) -> Tally:
    """Update so often while others ask; every answer belongs whole to one committed state."""
    from retrieval import load_settings
    from tests.changing import Corpus

    (folder / "corpus").mkdir()
    (folder / "config.toml").touch()
    settings = load_settings(environ={}, file=folder / "config.toml")
    corpus = Corpus(folder / "corpus", folder / "index", settings, seed)
    corpus.add(40)
    told = forked(lambda: _update(corpus)).told
    states = {told[0]: told[1]}
    readers = [_start(corpus, folder / f"reader-{number}") for number in range(READERS)]
    tally = Tally()
    for number in range(updates):
        corpus.change_something()
        corpus.add(1)
        ended = forked(lambda: _update(corpus))
        problems = [] if isinstance(ended.told, list) else [f"{ended}"]
        if not problems:
            states[ended.told[0]] = ended.told[1]
        tally.note("updates", f"update {number}", problems)
        # Those that a change of places does not bring into step with the corpus object.
        corpus.made += 2
    (folder / "stop").touch()
    for reader in readers:
        _, status = os.waitpid(reader, 0)
        tally.note("readers", f"reader {reader}", [f"status {status}"] if status else [])
    _judge(folder, states, tally)
    tally.note("left", "the end", forked(lambda: _left(corpus)).told)
    return tally


def _judge(folder: Path, states: dict[str, str], tally: Tally) -> None:
    for log in sorted(folder.glob("reader-*")):
        for line in log.read_text().splitlines():
            found = json.loads(line)
            problems = []
            if "problem" in found:
                problems = [found["problem"]]
            elif states.get(found["fingerprint"]) != found["digest"]:
                problems = ["an answer belongs to no committed state"]
            elif found["seconds"] > _PATIENCE:
                problems = [f"it was kept waiting for {found['seconds']} s"]
            tally.note("states asked", log.name, problems)


def _update(corpus: object) -> tuple[str, str]:
    """Update, and return what the new state says."""
    from tests.changing import Corpus

    assert isinstance(corpus, Corpus)
    report = corpus.update()
    found = _asked(corpus)
    assert found[0] == report.fingerprint
    return found


def _asked(corpus: object) -> tuple[str, str]:
    """Return a state's fingerprint and the hash of its answers; the files may have changed since.

    What a citation's file is now is not of the state: that is left out.
    """
    from retrieval import Retriever
    from retrieval.store import open_snapshot
    from tests.changing import QUESTIONS, Corpus

    assert isinstance(corpus, Corpus)
    snapshot = open_snapshot(corpus.index)
    with Retriever(snapshot, corpus.encoder, corpus.settings) as retriever:
        fingerprint = snapshot.info.fingerprint
        answers = [_plain(retriever.ask(question).to_dict(timings=False)) for question in QUESTIONS]
    return fingerprint, hashlib.sha256(json.dumps(answers).encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if key != "state"}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _start(corpus: object, log: Path) -> int:
    child = os.fork()
    if child:
        return child
    signal.alarm(3000)
    with log.open("w") as file:
        while not (log.parent / "stop").exists():
            began = time.monotonic()
            try:
                fingerprint, digest = _asked(corpus)
                told: dict[str, object] = {"fingerprint": fingerprint, "digest": digest}
            except BaseException as error:  # noqa: BLE001  (everything is to be told)
                told = {"problem": f"{type(error).__name__}: {error}"}
            told["seconds"] = round(time.monotonic() - began, 3)
            file.write(json.dumps(told) + "\n")
            file.flush()
            time.sleep(0.05)
    os._exit(0)


def _left(corpus: object) -> list[str]:
    """Say which folders are still there that neither of the last two states has."""
    from tests.changing import Corpus

    assert isinstance(corpus, Corpus)
    generations = sorted(corpus.index.glob("generation-*"))
    named = set()
    for generation in generations:
        manifest = json.loads((generation / "manifest.json").read_text())
        named |= {f"segment-{each['number']:08d}" for each in manifest["segments"]}
    lost = {path.name for path in corpus.index.glob("segment-*")} - named
    problems = [f"{name} stays behind" for name in sorted(lost)]
    return problems + ([f"{len(generations)} generations"] if len(generations) > 2 else [])
