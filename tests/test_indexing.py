"""Indexing: only what changed is embedded, and a commit is all or nothing."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval import IndexReport, Progress, Retriever, Settings, build_index
from retrieval.errors import (
    CorpusError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    StorageError,
    UsageError,
)
from retrieval.store import create_or_open_writer, open_snapshot, schema
from tests.conftest import SEEDS, MakeCorpus, Unprivileged

FILES = {
    "a.txt": "The harbour was closed in 1931. The council met in May.\n",
    "b.md": "# Minutes\n\nThe mayor resigned. A new mayor was elected in June.\n",
    "sub/c.txt": "The bridge opened for traffic in 1955.\n",
}


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "my.index"


def build(root: Path, index: Path, settings: Settings) -> IndexReport:
    return build_index(root, index, settings=settings)


def test_a_second_run_embeds_nothing(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    root = make_corpus(FILES)
    first = build(root, index, settings)
    assert (first.documents, len(first.added), first.committed) == (3, 3, True)
    assert first.embedded > 0
    second = build(root, index, settings)
    assert (second.embedded, second.unchanged, second.committed) == (0, 3, False)
    assert second.fingerprint == first.fingerprint


def test_only_what_changed_is_embedded(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    root = make_corpus(FILES)
    build(root, index, settings)
    (root / "a.txt").write_text("The harbour was closed in 1931. The council met in July.\n")
    (root / "d.txt").write_text("The mayor resigned. A new mayor was elected in June.\n")
    report = build(root, index, settings)
    assert (report.changed, report.added) == (("a.txt",), ("d.txt",))
    # The passage and one sentence of a.txt; the passage of d.txt, whose sentences are known.
    assert report.embedded == 3


def test_what_is_deleted_is_forgotten(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    root = make_corpus(FILES)
    build(root, index, settings)
    (root / "a.txt").unlink()
    report = build(root, index, settings)
    assert report.removed == ("a.txt",)
    with Retriever.open(index, settings=settings) as retriever:
        assert all(
            hit.passage.document.path != "a.txt" for hit in retriever.search("harbour closed 1931")
        )
        assert retriever.snapshot.term_count("harbour") == 0
    with sqlite3.connect(index / "catalog.sqlite") as db:
        assert db.execute("SELECT COUNT(*) FROM contents").fetchone() == (2,)
        orphans = """SELECT COUNT(*) FROM vectors WHERE key NOT IN
                     (SELECT key FROM passages UNION SELECT key FROM sentences)"""
        assert db.execute(orphans).fetchone() == (0,)


def test_a_renamed_file_is_followed(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    root = make_corpus(FILES)
    build(root, index, settings)
    (root / "a.txt").rename(root / "moved.txt")
    report = build(root, index, settings)
    assert report.renamed == (("a.txt", "moved.txt"),)
    assert (report.added, report.removed, report.embedded) == ((), (), 0)
    with Retriever.open(index, settings=settings) as retriever:
        assert retriever.search("harbour", 1)[0].passage.document.path == "moved.txt"


def test_a_change_within_one_time_stamp_is_seen(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    root = make_corpus(FILES)
    build(root, index, settings)
    stamp = (root / "a.txt").stat()
    (root / "a.txt").write_text(FILES["a.txt"].replace("1931", "1932"))
    os.utime(root / "a.txt", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert build(root, index, settings).changed == ("a.txt",)


def test_equal_files_share_vectors_and_keep_their_citations(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    root = make_corpus({**FILES, "copy.txt": FILES["a.txt"]})
    build(root, index, settings)
    with Retriever.open(index, settings=settings) as retriever:
        answer = retriever.ask("When was the harbour closed?")
    assert [c.path for c in answer.evidence[0].citations] == ["a.txt", "copy.txt"]


def test_the_fingerprint_tells_contents_not_history(
    make_corpus: MakeCorpus, tmp_path: Path, settings: Settings
) -> None:
    root = make_corpus({"a.txt": "Old words."})
    build(root, tmp_path / "grown.index", settings)
    make_corpus(FILES)
    grown = build(root, tmp_path / "grown.index", settings)
    assert build(root, tmp_path / "fresh.index", settings).fingerprint == grown.fingerprint


def test_progress_is_told_in_order(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    steps: list[Progress] = []
    build_index(make_corpus(FILES), index, settings=settings, progress=steps.append)
    assert list(dict.fromkeys(step.stage for step in steps)) == ["scan", "read", "encode", "write"]
    assert all(step.done <= step.total for step in steps)


class Interrupted(Exception):
    """Stands for Ctrl-C at a chosen moment."""


@pytest.mark.parametrize("stage", ["read", "encode", "write"])
def test_an_interruption_leaves_the_last_state_whole(
    make_corpus: MakeCorpus, index: Path, settings: Settings, stage: str
) -> None:
    root = make_corpus(FILES)
    before = build(root, index, settings).fingerprint
    make_corpus({"d.txt": "A ferry sank in the bay in 1901. Nobody was hurt.\n"})

    def stop(step: Progress) -> None:
        if step.stage == stage and step.done == step.total:
            raise Interrupted

    with pytest.raises(Interrupted):
        build_index(root, index, settings=settings, progress=stop)
    with Retriever.open(index, settings=settings) as retriever:
        if stage != "write":
            assert retriever.info.fingerprint == before
            assert retriever.snapshot.term_count("ferry") == 0
        assert retriever.search("harbour", 1)[0].passage.document.path == "a.txt"
    again = build_index(root, index, settings=settings)
    assert again.documents == 4
    if stage != "read":
        assert again.embedded == 0  # what was embedded before the interruption is kept


def test_a_reader_keeps_its_state_while_a_writer_commits(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    root = make_corpus(FILES)
    build(root, index, settings)
    with Retriever.open(index, settings=settings) as reader:
        before = reader.ask("When was the harbour closed?").to_dict(timings=False)
        for number in range(3):
            (root / "a.txt").write_text(f"Nothing to see, {number}.")
            build(root, index, settings)
        after = reader.ask("When was the harbour closed?").to_dict(timings=False)
        states = [
            c["state"] for e in after["evidence"] for c in e["citations"] if c["path"] == "a.txt"
        ]
        assert set(states) == {"changed"}
        assert [e["quote"] for e in after["evidence"]] == [e["quote"] for e in before["evidence"]]
    assert len(list(index.glob("generation-*"))) == 2


def test_a_second_writer_is_told_who_holds_the_index(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    root = make_corpus(FILES)
    build(root, index, settings)
    with create_or_open_writer(index):
        script = (
            "import sys; from retrieval import build_index, QuothError\n"
            "try: build_index(sys.argv[1], sys.argv[2])\n"
            "except QuothError as e: print(type(e).__name__, e.message)"
        )
        run = subprocess.run(
            [sys.executable, "-c", script, str(root), str(index)],
            capture_output=True,
            text=True,
            check=True,
        )
        # Asking works meanwhile, from what was committed; a changed source says so.
        (root / "a.txt").write_text("The harbour was closed in 1944.")
        with Retriever.for_corpus(root, index=index, settings=settings) as retriever:
            answer = retriever.ask("When was the harbour closed?")
        assert "1931" in answer.evidence[0].quote
        assert answer.evidence[0].citations[0].state == "changed"
    assert "IndexBusyError" in run.stdout
    assert f"(process {os.getpid()})" in run.stdout
    build(root, index, settings)


@pytest.mark.parametrize(
    "name",
    [
        "segment-00000001/passages.vectors", "segment-00000001/sentences.vectors",
        "segment-00000001/sentences.bin", "segment-00000001/passages.bin",
        "segment-00000001/manifest.json", "generation-00000001/places.bin",
        "generation-00000001/manifest.json",
    ],
)  # fmt: skip
def test_damage_is_named_and_repaired_without_the_model(
    make_corpus: MakeCorpus, index: Path, settings: Settings, name: str
) -> None:
    root = make_corpus(FILES)
    build(root, index, settings)
    with Retriever.open(index, settings=settings) as retriever:
        before = retriever.ask("When was the harbour closed?").to_dict(timings=False)
    path = index / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x20
    path.write_bytes(data)
    with pytest.raises(IndexDamagedError, match=name):
        open_snapshot(index)
    with create_or_open_writer(index) as writer:
        writer.rebuild()
    with Retriever.open(index, settings=settings) as retriever:
        assert retriever.ask("When was the harbour closed?").to_dict(timings=False) == before


def test_a_stored_text_that_was_altered_is_never_served(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    build(make_corpus(FILES), index, settings)
    with sqlite3.connect(index / "catalog.sqlite") as db:
        db.execute("UPDATE contents SET text = REPLACE(text, '1931', '1938')")
    with Retriever.open(index, settings=settings) as retriever, pytest.raises(IndexDamagedError):
        retriever.ask("When was the harbour closed?")


def test_an_index_by_another_encoder_is_refused(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    root = make_corpus(FILES)
    build(root, index, settings)
    with sqlite3.connect(index / "catalog.sqlite") as db:
        spec = json.loads(db.execute("SELECT value FROM meta WHERE key = 'encoder'").fetchone()[0])
        db.execute(
            "UPDATE meta SET value = ? WHERE key = 'encoder'",
            (json.dumps({**spec, "weights": "0" * 64}),),
        )
    with pytest.raises(IndexMismatchError) as caught:
        Retriever.open(index, settings=settings)
    assert f"quoth index {root.resolve()}" in caught.value.hint
    # The command in the hint mends it, and embeds under the present encoder.
    build(root, index, settings)
    Retriever.open(index, settings=settings).close()


def test_an_unknown_format_is_refused(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    build(make_corpus(FILES), index, settings)
    with sqlite3.connect(index / "catalog.sqlite") as db:
        db.execute(f"PRAGMA user_version = {schema.FORMAT + 1}")
    for use in (lambda: open_snapshot(index), lambda: create_or_open_writer(index)):
        with pytest.raises(IndexMismatchError, match=f"format {schema.FORMAT + 1}"):
            use()


def test_migrations_apply_once_and_in_order(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "c.sqlite", isolation_level=None)

    def m_add(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE documents ADD COLUMN note TEXT")

    def m_fail(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (x)")
        raise Interrupted

    assert schema.migrate(db) == [migration.__name__ for migration in schema.MIGRATIONS]
    assert schema.migrate(db) == []
    assert schema.migrate(db, (*schema.MIGRATIONS, m_add)) == ["m_add"]
    with pytest.raises(Interrupted):
        schema.migrate(db, (*schema.MIGRATIONS, m_add, m_fail))
    assert schema.version(db) == schema.FORMAT + 1
    assert db.execute("SELECT name FROM sqlite_master WHERE name = 'half'").fetchone() is None


def test_what_is_no_index_is_left_alone(
    make_corpus: MakeCorpus, tmp_path: Path, settings: Settings
) -> None:
    other = tmp_path / "photos"
    other.mkdir()
    (other / "a.jpg").write_bytes(b"x")
    root = make_corpus(FILES)
    with pytest.raises(IndexMismatchError, match="not an index"):
        build(root, other, settings)
    with pytest.raises(IndexMissingError):
        open_snapshot(other)
    assert [path.name for path in other.iterdir()] == ["a.jpg"]
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "catalog.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(IndexDamagedError):
        open_snapshot(tmp_path / "fake")
    with pytest.raises(UsageError, match="inside"):
        build(root, root / "x.index", settings)
    build(root, tmp_path / "my.index", settings)
    with pytest.raises(IndexMismatchError, match="another folder"):
        build(SEEDS, tmp_path / "my.index", settings)


def test_a_folder_with_nothing_to_read_makes_no_index(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    root = make_corpus({})
    with pytest.raises(CorpusError, match="empty"):
        build(root, index, settings)
    make_corpus({"a.bin": b"\x00\x01" * 50})
    with pytest.raises(CorpusError, match="None of the 1 files"):
        build(root, index, settings)
    with pytest.raises(IndexMissingError):
        open_snapshot(index)


def test_a_full_disk_loses_nothing(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    root = make_corpus(FILES)
    before = build(root, index, settings).fingerprint
    make_corpus(
        {
            "big.txt": "".join(
                f"Line {n} of a long report about ferry {n * 7}.\n" for n in range(3000)
            )
        }
    )
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from retrieval import build_index\n"
        "from retrieval.errors import StorageError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))\n"
        "try: build_index(sys.argv[1], sys.argv[2])\n"
        "except StorageError as e: print('told:', e.message); sys.exit(2)\n"
    )
    for limit in (1000, 120_000, 300_000):
        run = subprocess.run(
            [sys.executable, "-c", script, str(root), str(index), str(limit)],
            capture_output=True,
            text=True,
        )
        assert run.returncode == 2, run.stderr
        assert "told: There is no room left" in run.stdout
        with Retriever.open(index, settings=settings) as retriever:
            assert retriever.info.fingerprint == before
            assert retriever.search("harbour", 1)[0].passage.document.path == "a.txt"


@pytest.mark.skipif(os.name != "posix", reason="permissions of another kind")
def test_a_place_that_may_not_be_written_is_told(
    tmp_path: Path, unprivileged: Unprivileged
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    with unprivileged(), pytest.raises(StorageError, match="may not be written"):
        create_or_open_writer(closed / "x.index")


@pytest.mark.skipif(os.name != "posix", reason="permissions of another kind")
def test_an_index_that_may_not_be_written_can_be_read(
    make_corpus: MakeCorpus, index: Path, settings: Settings, unprivileged: Unprivileged
) -> None:
    build(make_corpus(FILES), index, settings)
    for path in [index, *index.rglob("*")]:
        path.chmod(0o555)
    with unprivileged():
        snapshot = open_snapshot(index)
        assert snapshot.lexical("harbour", 1).rows.tolist()
        snapshot.close()


def test_the_index_holds_the_encoders_own_vectors(seeds: Retriever, settings: Settings) -> None:
    from retrieval.encoder import load_encoder

    encoder = load_encoder(settings)
    snapshot = seeds.snapshot
    for row in (0, 7, 20):
        passage = snapshot.passages(row)[0]
        spans, vectors = snapshot.spans(row), snapshot.sentence_vectors(row)
        texts = [passage.text, *(passage.document.text[s.start : s.end] for s in spans)]
        expected = encoder.encode_documents(texts)
        assert np.abs(snapshot.passage_vectors([row])[0] - expected[0]).max() < 1e-4
        assert np.abs(vectors - expected[1:]).max() < 1e-4


def test_the_model_of_an_index_is_used_unless_another_is_named(
    make_corpus: MakeCorpus, index: Path, settings: Settings
) -> None:
    build(make_corpus(FILES), index, settings)
    named = replace(settings, model="/no/such/model", sources={"model": "command line"})
    with pytest.raises(Exception, match="no model folder"):
        Retriever.open(index, settings=named)
    Retriever.open(index, settings=replace(settings, sources={})).close()
