"""``quoth verify`` from end to end: what quoth says can be proved again later."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from retrieval.cli import main
from tests.conftest import SEEDS, MakeCorpus

QUESTION = "When was the harbour closed?"
TEXT = "The harbour was closed in 1931. The council met in May, and a new mayor was elected.\n"


@pytest.fixture
def saved(make_corpus: MakeCorpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A corpus, and an answer from it saved beside it."""
    root = make_corpus({"a.txt": TEXT})
    assert main(["ask", QUESTION, "--corpus", str(root), "--json"]) == 0
    path = tmp_path / "answer.json"
    path.write_text(capsys.readouterr().out, "utf-8")
    return path


def verified(path: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """Verify a file; return the exit status and each item's verdict."""
    status = main(["verify", str(path), "--corpus", str(root), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["passed"] == (status == 0)
    return status, [item["verdict"] for item in report["items"]]


def test_an_answer_proves_itself(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, verdicts = verified(saved, saved.parent / "corpus", capsys)
    assert (status, set(verdicts)) == (0, {"verified"})


def test_words_that_moved_are_found(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = saved.parent / "corpus"
    (root / "a.txt").write_text("A line before.\n" + TEXT, "utf-8")
    assert set(verified(saved, root, capsys)[1]) == {"moved"}


def test_words_that_changed_fail(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = saved.parent / "corpus"
    (root / "a.txt").write_text(TEXT.replace("1931", "1932"), "utf-8")
    status, verdicts = verified(saved, root, capsys)
    assert status == 1
    assert "changed" in verdicts


def test_a_file_that_is_gone_fails(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = saved.parent / "corpus"
    (root / "a.txt").rename(root / "b.md")
    (root / "b.md").write_text("Nothing of the kind.", "utf-8")
    status, verdicts = verified(saved, root, capsys)
    assert (status, set(verdicts)) == (1, {"missing"})


def test_an_answer_in_markdown_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = "Who was the highest-ranking officer investigated?"
    assert main(["ask", question, "--corpus", str(SEEDS), "--markdown"]) == 0
    (tmp_path / "answer.md").write_text(capsys.readouterr().out, "utf-8")
    status, verdicts = verified(tmp_path / "answer.md", SEEDS, capsys)
    assert status == 0
    assert "exact" in verdicts


DRAFTS = [
    ("It found that officers “may have committed a criminal offence”.", "ambiguous"),
    ('Targets were "seen as a priority which constabularies were assessed on".', "exact"),
    ("She said: ‘what we've found is significant failings’.", "style"),
    ("> Out of 91 investigations into police misconduct, involving 265 claims", "changed"),
    ("He called it “the longest and most costly inquiry of the county”.", "absent"),
    ("“We identified systemic issues … and gaps in skills and training.”", "elided"),
]


@pytest.mark.parametrize(("draft", "verdict"), DRAFTS)
def test_each_quotation_of_a_draft_gets_a_verdict(
    draft: str, verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "draft.md").write_text(draft, "utf-8")
    status, verdicts = verified(tmp_path / "draft.md", SEEDS, capsys)
    assert verdict in verdicts
    assert status == (1 if verdict in ("changed", "absent") else 0)


DAMAGED = [
    '{"schema": 1, "evidence": [{"quote": "x"}]}',
    '{"schema": 99, "evidence": []}',
    '{"schema": 1,',
]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_answer_is_told(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "answer.json").write_text(text, "utf-8")
    assert main(["verify", str(tmp_path / "answer.json"), "--corpus", str(SEEDS)]) == 2
    said = capsys.readouterr().err
    assert "answer.json" in said
    assert len(said.splitlines()) == 2
