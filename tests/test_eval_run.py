"""Real runs with the real model: run, resume, compare, report, gate, calibrate, and wrong input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval import cli, comparing, runfolder, running, scoring
from eval.asking import Full
from eval.cli import main
from eval.questions import shipped
from eval.records import Question
from retrieval import Retriever, Settings

IDS = (
    "factoid-001", "factoid-002", "number-001", "who_said-001", "conflict-002", "followup-001",
    "followup-002", "unanswerable-001", "unanswerable-002",
)  # fmt: skip

Eval = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A handful of the shipped questions."""
    path = tmp_path_factory.mktemp("sets") / "few.jsonl"
    lines = shipped("seeds").read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if json.loads(line)["id"] in IDS), "utf-8")
    return path


@pytest.fixture(scope="module")
def finished(
    tmp_path_factory: pytest.TempPathFactory, few: Path, seeds: Retriever, settings: Settings
) -> Path:
    """A run of them."""
    return make_run(tmp_path_factory.mktemp("runs") / "full", few, seeds, settings)


def make_run(output: Path, questions: Path, seeds: Retriever, settings: Settings) -> Path:
    from eval.questions import load_questions

    def text(path: str) -> str | None:
        document = seeds.snapshot.document(path)
        return None if document is None else document.text

    plan = running.Plan("full", "all", (), "a test", output)
    loaded = load_questions(questions, text)
    scores = scoring.score(running.run(seeds, loaded, plan, settings, lambda _done, _total: None))
    scoring.write_scores(scores)
    return output


@pytest.fixture
def quoth_eval(capsys: pytest.CaptureFixture[str], seeds_index: Path) -> Eval:
    """Call ``quoth eval`` over the index of the sample corpus."""

    def call(*words: object, index: bool = False) -> tuple[int, str, str]:
        named = ["--index", str(seeds_index)] if index else []
        status = main([*map(str, words), *named])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call


def test_a_run_keeps_everything_and_keeps_the_promises(finished: Path) -> None:
    run = runfolder.read_run(finished)
    assert set(run.outcomes) == set(IDS)
    assert run.meta["state"] == "complete"
    assert {"index", "settings", "machine", "date", "command", "code"} <= set(run.meta)
    for name in ("run.trec", "qrels.trec", "quotes.trec", "quotes.qrels.trec", "scores.json"):
        assert (finished / name).stat().st_size
    every = scoring.score(run).groups["all"]
    assert every["verbatim"].value == every["verified"].value == 1
    assert every["quote success@5"].value > 0.4
    assert every["answered"].size == len(IDS)


def test_a_conversation_is_replayed_turn_by_turn(seeds: Retriever) -> None:
    full = Full(seeds, "passage")

    def asked(text: str, *history: str) -> Any:  # noqa: ANN401
        question = Question("q", "followup", text, history, True, (), "", "g")
        answer = full.ask(question).answer
        assert answer is not None
        del answer["timings"]
        return answer

    first, second = "How many people worked on Operation Linden?", "And for how long?"
    after = asked(second, first)
    assert after["carried"]
    assert asked(second, first) == after, "the same turn again starts anew"
    asked(first)
    assert asked(second, first) == after, "going on gives what a replay gives"


def test_an_interrupted_run_goes_on(
    tmp_path: Path, few: Path, finished: Path, seeds: Retriever, settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    output, ask = tmp_path / "run", Full.ask
    asked: list[str] = []

    def stopping(self: Full, question: Question) -> Any:  # noqa: ANN401
        if len(asked) == 4:
            raise KeyboardInterrupt
        asked.append(question.id)
        return ask(self, question)

    monkeypatch.setattr(Full, "ask", stopping)
    with pytest.raises(KeyboardInterrupt):
        make_run(output, few, seeds, settings)
    with (output / "answers.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "torn')
    scores = scoring.score(runfolder.read_run(output))
    assert scores.missing == len(IDS) - 4
    before = list(asked)

    def noting(self: Full, question: Question) -> Any:  # noqa: ANN401
        asked.append(question.id)
        return ask(self, question)

    monkeypatch.setattr(Full, "ask", noting)
    make_run(output, few, seeds, settings)
    assert sorted(asked) == sorted(IDS)
    assert asked[:4] == before
    assert [value["id"] for value in runfolder.read_answers(output)] == [
        value["id"] for value in runfolder.read_answers(finished)
    ]


def test_a_question_that_cannot_be_asked_is_counted(
    tmp_path: Path, few: Path, seeds: Retriever, settings: Settings
) -> None:
    first = json.loads(few.read_text("utf-8").split("\n")[0])
    lines = [first, {**first, "id": "wordless", "question": "?!"}]
    path = tmp_path / "two.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    run = runfolder.read_run(make_run(tmp_path / "run", path, seeds, settings))
    scores = scoring.score(run)
    assert scores.missing == 1
    assert scores.questions["wordless"]["quote success@1"] == 0
    assert scores.groups["all"]["answered"].size == 2


def test_a_folder_of_another_run_is_left_alone(
    tmp_path: Path, few: Path, finished: Path, quoth_eval: Eval
) -> None:
    words = ("run", "--questions", few, "--kind", "number", "--output")
    status, _, told = quoth_eval(*words, finished, index=True)
    assert (status, "other questions" in told) == (2, True)
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    status, _, told = quoth_eval(*words, tmp_path, index=True)
    assert (status, "holds something else" in told) == (2, True)


def test_plain_rankings_and_json(tmp_path: Path, few: Path, quoth_eval: Eval) -> None:
    for way in ("dense", "lexical", "hybrid", "search"):
        words = ("run", "--questions", few, "--retriever", way, "--output", tmp_path / way)
        status, printed, _ = quoth_eval(*words, "--json", index=True)
        assert status == 0
        every = json.loads(printed)["groups"]["all"]
        assert every["unit success@5"]["value"] > 0.4, way
        assert "quote success@1" not in every


def test_compare_shows_what_changed(finished: Path, tmp_path: Path, quoth_eval: Eval) -> None:
    worse = copied(finished, tmp_path / "worse")
    before = scoring.score(runfolder.read_run(finished)).questions
    right = next(name for name, values in before.items() if values.get("quote success@1"))
    lines = [json.loads(line) for line in (worse / "answers.jsonl").read_text("utf-8").splitlines()]
    for line in lines:
        if line["id"] == right:
            line["answer"]["evidence"] = []
    runfolder.write_lines(worse / "answers.jsonl", lines)
    status, printed, _ = quoth_eval("compare", finished, worse)
    assert status == 0
    assert "Worse: 1 questions" in printed
    assert right in printed
    assert "Better: 0 questions" in printed
    runs = [scoring.score(runfolder.read_run(folder)) for folder in (finished, worse)]
    found = {each.name: each for each in comparing.compare(*runs).differences}
    change = found["quote success@1"]
    assert change.change == pytest.approx(-1 / change.count)
    assert change.low <= change.change <= change.high


def copied(folder: Path, target: Path) -> Path:
    import shutil

    return Path(shutil.copytree(folder, target))


def test_the_page_escapes_everything_and_loads_nothing(
    finished: Path, tmp_path: Path, quoth_eval: Eval
) -> None:
    hostile = copied(finished, tmp_path / "hostile")
    path = hostile / "answers.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    lines[0]["answer"]["evidence"][0]["quote"] = "<script>alert(1)</script>\x1b[31m\u202e"
    runfolder.write_lines(path, lines)
    status, printed, _ = quoth_eval("report", hostile)
    assert status == 0
    page = Path(printed.strip()).read_text("utf-8")
    assert page.count('<img alt="') == 4
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "<mark>" in page
    for name in IDS:
        assert f'<details id="{name}">' in page


def test_markdown(finished: Path, quoth_eval: Eval) -> None:
    status, printed, _ = quoth_eval("report", finished, "--markdown")
    assert status == 0
    assert "| quote success@1 |" in printed


def test_the_gate_fails_when_the_baseline_is_better(
    tmp_path: Path, few: Path, quoth_eval: Eval
) -> None:
    baseline = tmp_path / "baseline.json"
    words = ("gate", "--questions", few, "--baseline", baseline)
    assert quoth_eval(*words, index=True)[0] == 2, "there is no baseline yet"
    assert quoth_eval(*words, "--update", index=True)[0] == 0
    status, printed, _ = quoth_eval(*words, index=True)
    assert status == 0
    assert "FAILED" not in printed
    values = json.loads(baseline.read_text("utf-8"))
    values["measures"]["quote success@1"].update(value=1.2, low=1.1, high=1.3)
    baseline.write_text(json.dumps(values), "utf-8")
    status, printed, told = quoth_eval(*words, index=True)
    assert status == 1
    assert "quote success@1" in told
    assert printed.count("FAILED") == 1


def test_calibrate_writes_what_the_core_reads(
    tmp_path: Path, quoth_eval: Eval, few: Path, settings: Settings
) -> None:
    output, kept = tmp_path / "calibration.json", tmp_path / "signals.jsonl"
    words = ("calibrate", "--questions", few, "--split", "all", "--folds", "3")
    status, printed, _ = quoth_eval(*words, "--save", kept, "--output", output, index=True)
    assert status == 0
    assert "before" in printed
    values = json.loads(output.read_text("utf-8"))
    assert 0 <= values["uncertain"] <= values["answered"] <= 1
    assert values["provenance"]["command"].startswith("quoth eval calibrate")
    assert values["provenance"]["data"][0]["questions"] == len(IDS)
    status, printed, _ = quoth_eval("calibrate", "--load", kept, "--folds", "3", "--risk", "0.5")
    assert status == 0
    assert '"weights"' in printed


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "--corpus", "/nowhere/at/all"), "There is no folder"),
        (("run", "--questions", "none.jsonl"), "There is no file none.jsonl"),
        (("run", "--beir", "none"), "There is no folder none"),
        (("run", "--kind", "riddle"), 'no question of kind "riddle"'),
        (("run", "--speed"), "Unrecognized arguments: --speed"),
        (("compare", "a", "b"), "There is no run in a"),
        (("report", "nothing"), "There is no run in nothing"),
        (("calibrate", "--signals", "luck"), "There is no signal luck"),
        (("calibrate", "--risk", "7"), "A share is 0 to 1"),
        (("guess",), "There is no command quoth eval guess"),
    ],
)
def test_wrong_input_is_one_sentence(
    words: tuple[str, ...], told: str, quoth_eval: Eval, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    status, printed, said = quoth_eval(*words, index="riddle" in words)
    assert (status, printed) == (2, "")
    assert told in said
    assert "Traceback" not in said


def test_an_index_of_another_corpus_is_refused(quoth_eval: Eval) -> None:
    status, printed, told = quoth_eval("run", "--questions", "debian", index=True)
    assert (status, printed) == (2, "")
    assert "holds none of the" in told


def test_every_command_has_help(quoth_eval: Eval) -> None:
    assert quoth_eval()[0] == 0
    for name in cli.COMMANDS:
        status, printed, _ = quoth_eval(name, "--help")
        assert status == 0
        assert "examples:" in printed
