"""Write a generation: the vector and lexical indexes and tables made from the catalog."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import numpy.typing as npt

from . import catalog, layout
from .lexical import write_lexical
from .vectors import write_vectors

PASSAGE_ROW = np.dtype(
    [("content", "<i8"), ("start", "<i8"), ("end", "<i8"), ("first", "<i8"), ("count", "<i4")]
)
"""One passage: its content, its span, and where its sentences begin and how many they are."""
SENTENCE_ROW = np.dtype([("row", "<i8"), ("start", "<i8"), ("end", "<i8"), ("furniture", "<f4")])
"""One sentence: the row of its passage, its span, and its weight as furniture."""


def write_generation(
    db: sqlite3.Connection, index: Path, generation: int, encoder_id: str, dim: int
) -> tuple[str, int, int]:
    """Derive everything from the documents in ``db``, as they stand in its open transaction.

    Returns:
        The manifest's sha256, the number of passages, the number of sentences.
    """
    folder = layout.generation_folder(index, generation)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    # Rows follow paths, so that ties in a ranking break by path and start by themselves.
    passages = db.execute(
        """SELECT p.id, p.content, p.start, p.end, p.key FROM passages p
           JOIN (SELECT content, MIN(path) AS path FROM documents GROUP BY content) d
           ON d.content = p.content ORDER BY d.path, p.start, p.id"""
    ).fetchall()
    rows = {passage[0]: row for row, passage in enumerate(passages)}
    sentences = sorted(
        (rows[passage], start, end, furniture, key)
        for passage, start, end, furniture, key in db.execute(
            """SELECT passage, start, end, furniture, key FROM sentences WHERE passage IN
               (SELECT id FROM passages WHERE content IN (SELECT content FROM documents))"""
        )
    )
    _write_tables(folder, passages, sentences)
    where = index / catalog.FILE
    for name, keys in (
        (layout.PASSAGE_VECTORS, [passage[4] for passage in passages]),
        (layout.SENTENCE_VECTORS, [sentence[4] for sentence in sentences]),
    ):
        write_vectors(folder / name, catalog.load_vectors(db, encoder_id, keys, dim, where), dim)
    write_lexical(folder / layout.LEXICAL, _texts(db, passages))
    return layout.write_manifest(folder, generation), len(passages), len(sentences)


def _write_tables(
    folder: Path,
    passages: list[tuple[int, int, int, int, bytes]],
    sentences: list[tuple[int, int, int, float, bytes]],
) -> None:
    table: npt.NDArray[np.void] = np.zeros(len(passages), PASSAGE_ROW)
    for row, (_, content, start, end, _) in enumerate(passages):
        table[row] = (content, start, end, 0, 0)
    owners = np.array([sentence[0] for sentence in sentences], np.int64)
    numbers = np.arange(len(passages))
    table["first"] = np.searchsorted(owners, numbers, side="left")
    table["count"] = np.searchsorted(owners, numbers, side="right") - table["first"]
    np.save(folder / layout.PASSAGE_TABLE, table, allow_pickle=False)
    np.save(
        folder / layout.SENTENCE_TABLE,
        np.array([sentence[:4] for sentence in sentences], SENTENCE_ROW),
        allow_pickle=False,
    )


def _texts(db: sqlite3.Connection, passages: list[tuple[int, int, int, int, bytes]]):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Yield each passage's text, holding one document at a time."""
    held, text = -1, ""
    for _, content, start, end, _ in passages:
        if content != held:
            held = content
            text = db.execute("SELECT text FROM contents WHERE id = ?", (content,)).fetchone()[0]
        yield text[start:end]
