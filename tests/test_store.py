"""The store: a change costs what changed, and leaves what a rebuilt index would be."""

from __future__ import annotations

import re
import sqlite3
import stat
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import Settings
from retrieval.encoder import Vectors
from retrieval.encoder.base import OnBatch, unit_rows
from retrieval.errors import IndexDamagedError
from retrieval.indexing import update_index
from retrieval.store import create_or_open_writer, merging, open_snapshot
from retrieval.store.merging import Size
from retrieval.store.snapshot import count_word
from retrieval.store.tables import RecordFile, VectorFile, packed
from retrieval.store.vectors import write_lists
from tests.changing import Corpus, WordEncoder, state_of
from tests.conftest import MakeCorpus


@pytest.fixture
def corpus(tmp_path: Path, settings: Settings) -> Corpus:
    return Corpus.of_forty(tmp_path, settings)


@pytest.mark.parametrize("seed", [1, 2])
def test_many_small_changes_leave_what_a_rebuilt_index_is(
    tmp_path: Path, settings: Settings, seed: int
) -> None:
    (tmp_path / "corpus").mkdir()
    corpus = Corpus(tmp_path / "corpus", tmp_path / "my.index", settings, seed)
    corpus.add(30)
    corpus.update()
    compared = 0
    for number in range(1, 19):
        for _ in range(corpus.random.randrange(1, 4)):
            corpus.change_something()
        corpus.update()
        if number % 4 == 3 and len(corpus.segments()) > 1:
            compared += 1
            rebuilt = corpus.rebuilt(tmp_path / f"rebuilt{number}.index")
            assert state_of(corpus.index, corpus) == state_of(rebuilt, corpus)
    assert compared >= 2


def test_segments_stay_few(corpus: Corpus) -> None:
    for _ in range(12):
        corpus.add()
        corpus.update()
        # Of the generation before, segments may still be there for a reader that opens it.
        assert len(corpus.segments()) <= 2 * merging.TOGETHER


def test_a_change_leaves_the_other_segments_as_they_are(corpus: Corpus) -> None:
    (before,) = corpus.segments()
    stamps = {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in before.rglob("*")}
    (corpus.root / "a").mkdir(exist_ok=True)
    (corpus.root / "a" / "new.txt").write_text("A lighthouse was built in 1899.")
    corpus.update()
    first, new = corpus.segments()
    assert first == before
    kept = [p for p in before.rglob("*") if p.suffix != ".lock"]
    assert all(stamps[p] == (p.stat().st_ino, p.stat().st_mtime_ns) for p in kept if p.is_file())
    assert sum(p.stat().st_size for p in new.rglob("*.vectors")) == 2 * 24 * 2


def test_what_is_due_to_be_merged() -> None:
    def due(*sizes: int, dead: int = 0) -> set[int]:
        return merging.due([Size(sizes[0], sizes[0] - dead), *(Size(n, n) for n in sizes[1:])])

    assert due(100_000, 10, 20, 30, 40) == set()
    assert due(100_000, 10, 20, 30, 40, 5) == {1, 2, 3, 4, 5}
    # What is merged takes its place among its like, and these are merged with it.
    assert due(100_000, 300, 300, 300, 300, 100, 100, 100, 100, 100) == set(range(1, 10))
    assert due(100_000, 10, dead=24_000) == set()
    assert due(100_000, 10, dead=26_000) == {0}
    assert due(100, dead=90) == set()


def _same(encoder: WordEncoder) -> WordEncoder:
    return encoder


def test_an_interruption_embeds_no_text_twice(corpus: Corpus) -> None:
    class Stopped(Exception):
        pass

    class Stopping(WordEncoder):
        def encode_documents(
            self, texts: Sequence[str], on_batch: OnBatch | None = None
        ) -> Vectors:
            if len(self.given) >= budget:
                raise Stopped
            return super().encode_documents(texts, on_batch)

    corpus.add(150)
    given: list[str] = []
    budget = 1
    for _ in range(100):
        encoder = Stopping()
        try:
            update_index(corpus.root, corpus.index, corpus.settings, partial(_same, encoder))
        except Stopped:
            given += encoder.given
            continue
        given += encoder.given
        break
    fresh = WordEncoder()
    other = corpus.index.with_name("other.index")
    update_index(corpus.root, other, corpus.settings, lambda: fresh)
    assert len(given) > 2 * 256  # it was interrupted more than once
    assert len(given) == len(set(given))
    assert set(given) <= set(fresh.given)
    assert not set(given) & set(corpus.encoder.given)
    corpus.index, before = other, corpus.index
    assert state_of(other, corpus) == state_of(before, corpus)


def test_another_encoder_embeds_all_anew_and_the_old_state_stays_until_then(
    corpus: Corpus,
) -> None:
    other = WordEncoder("other")
    report = update_index(corpus.root, corpus.index, corpus.settings, lambda: other)
    assert report.committed
    assert report.embedded == len(set(other.given)) == len(set(corpus.encoder.given))
    snapshot = open_snapshot(corpus.index)
    assert snapshot.info.encoder.id == other.spec.id
    assert np.allclose(
        snapshot.passage_vectors([0])[0],
        other.encode_queries([snapshot.passages(0)[0].text])[0],
        atol=1 / 65_000,
    )
    snapshot.close()


def test_lists_find_what_comparing_with_every_vector_finds(
    corpus: Corpus, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    corpus.add(400)
    corpus.update()
    listed = corpus.rebuilt(tmp_path / "listed.index", exact_up_to=100)
    assert not any(capfd.readouterr())  # a terminal UI may be on the screen
    segment = max(listed.glob("segment-*"))
    assert {path.name for path in segment.glob("*.faiss")} == {"passages.faiss", "sentences.faiss"}
    for path in corpus.root.glob("a/*.txt"):
        path.unlink()
    for index in (corpus.index, listed):
        update_index(corpus.root, index, corpus.settings, lambda: corpus.encoder)
    exact, approximate = open_snapshot(corpus.index), open_snapshot(listed)
    queries = [corpus.encoder.encode_queries([corpus.text()])[0] for _ in range(50)]
    some = np.arange(0, exact.info.passages, 4)
    for allowed in (None, some):
        shares = []
        for query in queries:
            truth = exact.dense(query, 10, "passage", allowed)
            found = approximate.dense(query, 10, "passage", allowed)
            assert np.array_equal(np.sort(-found.scores), -found.scores)
            common = np.isin(truth.rows, found.rows)
            assert np.allclose(
                truth.scores[common], found.scores[np.isin(found.rows, truth.rows)], atol=1e-6
            )
            shares.append(common.mean())
        assert np.mean(shares) >= 0.95
    exact.close()
    approximate.close()


def test_more_lists_are_not_read_where_they_find_no_more(tmp_path: Path) -> None:
    """Two thousand like vectors at each of six places, and more wanted than there is to find."""
    random = np.random.default_rng(1)
    ones = unit_rows(random.standard_normal((6, 64)).astype(np.float32))
    moved = np.repeat(ones, 2_000, axis=0) + random.normal(0, 0.002, (12_000, 64))
    vectors = unit_rows(moved.astype(np.float32))
    (tmp_path / "vectors").write_bytes(packed(vectors).tobytes())
    facts = write_lists(tmp_path / "lists", VectorFile(tmp_path / "vectors", 12_000, 64), 1.01)
    assert facts["recall"] > 0.99
    assert facts["lists"] < 200  # of 438


def test_index_files_are_private(corpus: Corpus) -> None:
    with create_or_open_writer(corpus.index):  # with the files of a writer at work
        for path in [corpus.index, *corpus.index.rglob("*")]:
            mode = stat.S_IMODE(path.stat().st_mode)
            if path.is_dir() or path.suffix == ".lock":
                # The engine's empty lock files lie in folders that nobody else may enter.
                assert mode & 0o077 == 0 or stat.S_IMODE(path.parent.stat().st_mode) == 0o700, path
            else:
                assert mode == 0o600, path


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE vectors SET vector = zeroblob(length(vector)) WHERE id = 1", "1 vectors are not"),
        ("UPDATE sentences SET furniture = furniture + 0.5 WHERE id = 1", "what is stored of"),
        ("UPDATE passages SET start = start + 1 WHERE id = 1", "what is stored of"),
        ("UPDATE contents SET title = 'Another' WHERE id = 1", "what is stored of"),
        ("UPDATE documents SET path = 'zz.txt' WHERE path = "
         "(SELECT path FROM documents LIMIT 1)", "list of files"),
        ("UPDATE meta SET value = '1' WHERE key = 'skipped'", "list of files"),
    ],
)  # fmt: skip
def test_whatever_is_altered_in_the_catalog_is_named(
    corpus: Corpus, change: str, named: str
) -> None:
    with sqlite3.connect(corpus.index / "catalog.sqlite") as db:
        db.execute(change)
    db.close()
    snapshot = open_snapshot(corpus.index)
    assert any(named in line for line in snapshot.check())
    snapshot.close()


def test_an_altered_vector_is_never_derived_from(corpus: Corpus) -> None:
    with sqlite3.connect(corpus.index / "catalog.sqlite") as db:
        db.execute("UPDATE vectors SET vector = zeroblob(length(vector)) WHERE id = 1")
    db.close()
    with (
        create_or_open_writer(corpus.index) as writer,
        pytest.raises(IndexDamagedError, match="not what was written"),
    ):
        writer.rebuild()


def test_a_segment_that_is_gone_is_derived_anew(corpus: Corpus) -> None:
    before = state_of(corpus.index, corpus)
    (segment,) = corpus.segments()
    (segment / "stems.bin").unlink()
    with pytest.raises(IndexDamagedError, match=r"stems\.bin"):
        open_snapshot(corpus.index)
    with create_or_open_writer(corpus.index) as writer:
        writer.rebuild()
    assert state_of(corpus.index, corpus) == before


@pytest.mark.parametrize("name", ["sentences.vectors", "passages.vectors", "stems.bin"])
def test_a_file_cut_short_under_a_reader_is_named(corpus: Corpus, name: str) -> None:
    snapshot = open_snapshot(corpus.index)
    (segment,) = corpus.segments()
    with (segment / name).open("r+b") as file:
        file.truncate(file.seek(0, 2) // 3)
    vector = corpus.encoder.encode_queries(["the harbour"])[0]
    with pytest.raises(IndexDamagedError, match=re.escape(name)):
        for row in range(snapshot.info.passages):
            snapshot.lexical("harbour council bridge mayor ferry", 100)
            snapshot.passage_vectors([row])
            snapshot.best_sentences(np.array([row]), vector[np.newaxis])
    snapshot.close()


def test_how_near_a_sentence_is_depends_on_no_other_question(corpus: Corpus) -> None:
    snapshot = open_snapshot(corpus.index)
    vectors = corpus.encoder.encode_queries(["the harbour", "who was mayor", "a ferry", "bridge"])
    rows = np.arange(snapshot.info.passages)
    together = snapshot.best_sentences(rows, vectors)
    alone = [snapshot.best_sentences(rows, vector[np.newaxis])[0] for vector in vectors]
    assert np.array_equal(together, alone)
    assert together.max() > 0
    snapshot.close()


@given(
    st.lists(st.integers(0, 40), max_size=30),
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 9)), max_size=20),
)
def test_records_are_read_where_they_lie(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], runs: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.mktemp("records") / "numbers"
    whole = np.arange(41 * 3, dtype="<u2").reshape(-1, 3)
    path.write_bytes(whole.tobytes())
    file = RecordFile(path, np.dtype("<u2"), 41, 3)
    assert np.array_equal(file.gather(np.array(numbers, np.int64)), whole[numbers])
    first, counts = (np.array([run[n] for run in runs], np.int64) for n in (0, 1))
    if any(start + count > 41 for start, count in runs):
        with pytest.raises(IndexDamagedError, match="numbers"):
            file.runs(first, counts)
    else:
        wanted = [n for start, count in runs for n in range(start, start + count)]
        assert np.array_equal(file.runs(first, counts), whole[wanted])
    assert np.array_equal(np.concatenate([block for _, block in file.blocks(7)]), whole)
    for bad in (-1, 41, 2**62):
        with pytest.raises(IndexDamagedError, match="numbers"):
            file.gather(np.array([0, bad]))
    file.close()


def test_the_same_number_is_never_given_to_two_contents(
    make_corpus: MakeCorpus, settings: Settings, tmp_path: Path
) -> None:
    root = make_corpus({"a.txt": "One bridge.", "b.txt": "Two bridges."})
    encoder, index = WordEncoder(), tmp_path / "my.index"
    update_index(root, index, settings, lambda: encoder)
    (root / "b.txt").unlink()
    update_index(root, index, settings, lambda: encoder)
    (root / "c.txt").write_text("Three ferries.")
    update_index(root, index, settings, lambda: encoder)
    snapshot = open_snapshot(index)
    texts = [p.text for row in range(snapshot.info.passages) for p in snapshot.passages(row)]
    assert texts == ["One bridge.", "Three ferries."]
    assert snapshot.passage_count("two") == 0
    snapshot.close()


@pytest.mark.parametrize("word", ["ab", "a", "aba", "é", "a_b", "1"])
def test_a_word_is_counted_where_it_stands_whole(word: str) -> None:
    text = "ab aba ab_ab a_b, ab.ab é éa a-b (ab) abab aba aba1 1 é aab a b ab"
    whole = re.findall(rf"(?<!\w){re.escape(word)}(?!\w)", text)
    assert count_word(text, word) == len(whole)
