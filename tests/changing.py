"""A folder that changes at random, its index, and all that the index can be asked."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from retrieval import IndexReport, Retriever, Settings
from retrieval.encoder import EncoderSpec, Vectors
from retrieval.encoder.base import OnBatch
from retrieval.indexing import update_index
from retrieval.store import Snapshot, create_or_open_writer, open_snapshot

NOUNS = ("harbour", "council", "bridge", "mayor", "ferry", "school", "inquiry", "report")
VERBS = ("closed", "opened", "published", "elected", "questioned", "repaired")
QUESTIONS = (
    "When was the harbour closed?",
    "Who questioned the council about the report in 1931?",
    "ferry",
    "What did the mayor and the school and the bridge have in common?",
    '"the inquiry" of 1940',
)


class WordEncoder:
    """Gives each word a direction and a text the sum of its words'; counts what it is given."""

    def __init__(self, seed: str = "") -> None:
        self._seed = seed
        self.given: list[str] = []

    @property
    def spec(self) -> EncoderSpec:
        return EncoderSpec("all-MiniLM-L6-v2", f"words{self._seed}", 24, 256, "", "")

    @property
    def passage_window(self) -> int:
        return 40

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])

    def encode_documents(self, texts: Sequence[str], on_batch: OnBatch | None = None) -> Vectors:
        self.given += texts
        if on_batch:
            on_batch(len(texts))
        return self.encode_queries(texts)

    def _vector(self, text: str) -> Vectors:
        total = np.full(24, 1e-3, np.float32)
        for word in text.casefold().split():
            seed = int.from_bytes((self._seed + word.strip(".?,")).encode()[:8].ljust(8), "big")
            total += np.random.default_rng(seed).standard_normal(24).astype(np.float32)
        unit: Vectors = (total / np.linalg.norm(total)).astype(np.float32)
        return unit


class Corpus:
    """A folder that changes at random, and its index."""

    def __init__(self, root: Path, index: Path, settings: Settings, seed: int = 0) -> None:
        self.root, self.index = root, index
        # The same sentences are asked for thousands of times; what reads them is tested elsewhere.
        self.settings = replace(settings, pair=False)
        self.random = random.Random(seed)
        self.encoder = WordEncoder()
        self.made = 0

    @classmethod
    def of_forty(cls, folder: Path, settings: Settings) -> Corpus:
        """Return one of forty files, indexed, in two folders inside ``folder``."""
        (folder / "corpus").mkdir()
        corpus = cls(folder / "corpus", folder / "my.index", settings)
        corpus.add(40)
        corpus.update()
        return corpus

    def text(self) -> str:
        choose = self.random.choice
        return "\n\n".join(
            " ".join(
                f"The {choose(NOUNS)} was {choose(VERBS)} by the {choose(NOUNS)} in "
                f"{self.random.randrange(1900, 1960)}."
                for _ in range(self.random.randrange(1, 6))
            )
            for _ in range(self.random.randrange(1, 5))
        )

    def add(self, count: int = 1) -> None:
        for _ in range(count):
            self.made += 1
            name = f"{self.random.choice('abcxyz')}/{self.made:04d}.txt"
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(self.text())

    def change_something(self) -> None:
        files = sorted(self.root.rglob("*.txt"))
        one = self.random.choice(files)
        match self.random.randrange(5):
            case 0:
                self.add(self.random.randrange(1, 4))
            case 1:
                one.write_text(self.text())
            case 2:
                one.unlink()
            case 3:
                one.rename(one.with_name(f"{self.random.choice('am')}{one.name}"))
            case _:
                self.made += 1
                shutil.copy(one, self.root / f"copy{self.made}.txt")

    def update(self) -> IndexReport:
        return update_index(self.root, self.index, self.settings, lambda: self.encoder)

    def rebuilt(self, to: Path, exact_up_to: int = 20_000) -> Path:
        shutil.copytree(self.index, to)
        with create_or_open_writer(to, exact_up_to) as writer:
            writer.rebuild()
        return to

    def segments(self) -> list[Path]:
        return sorted(self.index.glob("segment-*"))


def everything(snapshot: Snapshot, encoder: WordEncoder, settings: Settings) -> Iterator[object]:
    """Yield all that a state can be asked."""
    rows = range(snapshot.info.passages)
    yield [[(p.document.path, p.start, p.end) for p in snapshot.passages(row)] for row in rows]
    yield [snapshot.spans(row) for row in rows]
    yield b"".join(snapshot.sentence_vectors(row).tobytes() for row in rows)
    yield snapshot.passage_vectors(rows).tobytes()
    some = np.arange(0, len(rows), 3)
    for text in (*QUESTIONS, *NOUNS):
        vector = encoder.encode_queries([text])[0]
        for allowed in (None, some):
            for found in (
                snapshot.lexical(text, 7, allowed), snapshot.lexical(text, 500, allowed),
                snapshot.dense(vector, 7, "passage", allowed),
                snapshot.dense(vector, 7, "sentence", allowed),
            ):  # fmt: skip
                yield found.rows.tolist(), found.scores.tolist()
        stem = snapshot.stems(text)[0]
        yield snapshot.passage_count(stem), snapshot.term_count(text.split()[-1].strip("?"))
        yield snapshot.with_phrase(text.split()[0] + " the").tolist()
    retriever = Retriever(snapshot, encoder, settings)
    for question in QUESTIONS:
        yield retriever.ask(question).to_dict(timings=False)
        yield [hit.to_dict() for hit in retriever.search(question, 20)]


def state_of(index: Path, corpus: Corpus) -> list[object]:
    snapshot = open_snapshot(index)
    try:
        return list(everything(snapshot, corpus.encoder, corpus.settings))
    finally:
        snapshot.close()
