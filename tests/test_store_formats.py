"""The store: an index that an older quoth wrote becomes a current one, and vectors are packed."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from retrieval import Settings
from retrieval.errors import IndexDamagedError, IndexMissingError
from retrieval.store import open_snapshot, proofs
from retrieval.store.tables import NUMBER, packed, unpacked
from tests.changing import Corpus, state_of


@pytest.fixture
def corpus(tmp_path: Path, settings: Settings) -> Corpus:
    return Corpus.of_forty(tmp_path, settings)


def with_single_precision(db: sqlite3.Connection) -> None:
    """Give the vectors the form that they had up to format 3."""
    db.create_function("plain", 1, lambda v: unpacked(np.frombuffer(v, NUMBER)).tobytes())
    db.execute("UPDATE vectors SET vector = plain(vector)")


def test_an_index_of_the_first_format_is_derived_anew(corpus: Corpus) -> None:
    before = state_of(corpus.index, corpus)
    with sqlite3.connect(corpus.index / "catalog.sqlite") as db:
        with_single_precision(db)
        db.executescript(
            """DROP TABLE uncommitted;
            ALTER TABLE vectors RENAME TO new; DROP INDEX vectors_by_key;
            CREATE TABLE vectors (encoder TEXT NOT NULL, key BLOB NOT NULL, vector BLOB NOT NULL,
                PRIMARY KEY (encoder, key)) WITHOUT ROWID;
            INSERT INTO vectors SELECT encoder, key, vector FROM new; DROP TABLE new;
            ALTER TABLE contents DROP COLUMN proof;
            DELETE FROM meta WHERE key IN ('next_segment', 'next_content', 'loose');
            PRAGMA user_version = 1;"""
        )
    db.close()
    for segment in corpus.segments():
        shutil.rmtree(segment)
    with pytest.raises(IndexMissingError, match="older format"):
        open_snapshot(corpus.index)
    corpus.encoder.given.clear()
    assert corpus.update().committed
    assert corpus.encoder.given == []
    assert state_of(corpus.index, corpus) == before


def test_an_index_without_checksums_gets_them(corpus: Corpus) -> None:
    before = state_of(corpus.index, corpus)
    with sqlite3.connect(corpus.index / "catalog.sqlite") as db:
        with_single_precision(db)
        db.executescript(
            """ALTER TABLE contents DROP COLUMN proof; ALTER TABLE vectors DROP COLUMN proof;
            PRAGMA user_version = 2;"""
        )
    db.close()
    with pytest.raises(IndexMissingError, match="older format"):
        open_snapshot(corpus.index)
    corpus.encoder.given.clear()
    corpus.update()
    assert corpus.encoder.given == []
    assert state_of(corpus.index, corpus) == before
    assert open_snapshot(corpus.index).check() == []


def test_vectors_of_twice_the_size_are_packed_and_damaged_ones_stay_damaged(
    corpus: Corpus,
) -> None:
    before = state_of(corpus.index, corpus)
    with sqlite3.connect(corpus.index / "catalog.sqlite") as db:
        with_single_precision(db)
        db.create_function("proof_of", 3, proofs.of_vector)
        db.execute("UPDATE vectors SET proof = proof_of(encoder, key, vector)")
        db.execute("PRAGMA user_version = 3")
        db.execute("CREATE TABLE aside AS SELECT id, vector FROM vectors WHERE id = 1")
        db.execute("UPDATE vectors SET vector = zeroblob(length(vector)) WHERE id = 1")
    db.close()
    with pytest.raises(IndexDamagedError, match="not what was written"):
        corpus.update()
    with sqlite3.connect(corpus.index / "catalog.sqlite") as db:
        db.create_function("packed", 1, lambda v: packed(np.frombuffer(v, "<f4")).tobytes())
        db.create_function("proof_of", 3, proofs.of_vector)
        db.execute("UPDATE vectors SET vector = (SELECT packed(vector) FROM aside) WHERE id = 1")
        db.execute("UPDATE vectors SET proof = proof_of(encoder, key, vector) WHERE id = 1")
        db.execute("DROP TABLE aside")
    db.close()
    corpus.encoder.given.clear()
    corpus.update()
    assert corpus.encoder.given == []
    assert state_of(corpus.index, corpus) == before
    assert open_snapshot(corpus.index).check() == []


@given(
    arrays(np.float32, (3, 24), elements=st.floats(-1, 1, width=32)),
)
def test_a_packed_number_is_as_good_as_the_same(vectors: np.ndarray) -> None:
    back = unpacked(packed(vectors))
    assert back.dtype == np.float32
    assert np.abs(back.astype(np.float64) - vectors).max() <= 1 / 65_534 + 1e-7
    assert np.array_equal(packed(back), packed(vectors))
