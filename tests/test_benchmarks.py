"""The benchmark programs: what they measure with is what they say."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from eval.benchmarks.extension import ExtendedEncoder
from eval.benchmarks.risk import points
from eval.benchmarks.side_by_side import table
from eval.benchmarks.texts import write_files
from eval.measures import Curve
from retrieval.errors import CorpusError
from tests.changing import WordEncoder

MANUAL = ".TH ECHO 1\n.SH NAME\necho \\- display a line of text\n" + (
    ".PP\nEcho the \\fBstrings\\fR to standard output.\n" * 200
)


def test_text_beyond_the_manual_pages_is_taken_where_they_do_not_suffice(tmp_path: Path) -> None:
    pages, further = tmp_path / "man", tmp_path / "doc"
    (pages / "man1").mkdir(parents=True)
    further.mkdir()
    (pages / "man1" / "echo.1.gz").write_bytes(gzip.compress(MANUAL.encode()))
    (further / "README.md").write_text("One paragraph of a readme.\n\n" * 400, "utf-8")
    (further / "table.py").write_text("0, " * 20_000, "utf-8")
    (further / "picture.png").write_bytes(b"no text" * 2_000)
    written = write_files(tmp_path / "some", 100, pages, [further])
    texts = [path.read_text("utf-8") for path in sorted((tmp_path / "some").rglob("*.txt"))]
    assert len(texts) == written > 2
    assert all(4_000 <= len(text) <= 16_000 for text in texts)
    assert "Echo the strings to standard output." in texts[0]
    assert "\\f" not in texts[0]
    assert "readme" in texts[-1]
    assert not any("0, 0" in text or "no text" in text for text in texts)
    assert write_files(tmp_path / "few", 1, pages, [further]) == 1
    assert write_files(tmp_path / "further", 100, tmp_path / "nowhere", [further]) == 2
    with pytest.raises(CorpusError, match="no text"):
        write_files(tmp_path / "none", 1, tmp_path / "nowhere", [tmp_path / "nowhere"])


def test_only_the_set_s_own_texts_are_embedded_among_others(tmp_path: Path) -> None:
    real, own = WordEncoder(), ["The harbour was dredged in 1931."]
    sample = ["echo - display a line of text", "cat - concatenate files", "long " * 60]
    encoder = ExtendedEncoder(real, sample, tmp_path, own)
    texts = [*own, "tac - concatenate and print files in reverse", *own, "another"]
    vectors = encoder.encode_documents(texts)
    assert np.array_equal(vectors[[0, 2]], real.encode_documents([*own, *own]))
    near = vectors @ real.encode_documents(sample).T
    assert (near[[1, 3]].max(axis=1) > 0.9).all()
    assert not np.array_equal(vectors[1], real.encode_documents(texts)[1])
    assert encoder.spec == real.spec  # what is indexed with it is opened with the model


def test_passages_per_second_are_not_told_where_vectors_were_given() -> None:
    figures = {
        "install_mb": 1, "cold_seconds": 1.0, "warm_ms": {"p50": 1.0, "p99": 2.0},
        "passages_per_second": 9.0, "resident_mb": 1, "disk_mb": 1.0, "recall_at_1": 0.5,
        "recall_at_5": 0.75,
    }  # fmt: skip
    told = [table({"vectors_given": given, "systems": {"x": figures}}) for given in (False, True)]
    assert ["passages/s" in each for each in told] == [True, False]
    assert all(len({row.count("|") for row in each.splitlines()}) == 1 for each in told)


def test_risk_is_told_at_each_twentieth_of_coverage() -> None:
    confidence = np.linspace(0.99, 0.6, 40)
    right = np.arange(40) < 10
    told = points(Curve(confidence, right, right))
    assert told["questions"] == 40
    assert told["coverage"][4] == 0.25
    assert told["risk"][:5] == [0.0] * 5
    assert told["risk"][9] == 0.5
    assert told["risk"][-1] == 0.75
    assert [each["questions"] for each in told["calibration"]] == [4] * 10
    assert [each["right"] for each in told["calibration"]] == [1, 1, 0.5, *[0] * 7][::-1]
