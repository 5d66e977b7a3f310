"""The pair encoder: what it reads, what it says, how it is taught, and doing without it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import Retriever, Settings
from retrieval.confidence import Signals, load_calibration
from retrieval.encoder import PairEncoder, Reading
from retrieval.encoder.pair import window
from retrieval.encoder.pair.windows import BEFORE, LIMIT, QUESTION, SENTENCE, TITLE
from retrieval.errors import CalibrationError, ModelError

MARKS = (101, 102)
IDS = st.lists(st.integers(1000, 30000), max_size=200)

PUBLISHED = Reading("Report", "", "The report was published in June 2022, after a long delay.")
WROTE = Reading("Report", "", "It was written by three former judges.")
WEATHER = Reading("Weather", "", "Rain is expected in the north by the evening.")


@given(IDS, IDS, IDS, IDS)
def test_a_window_holds_what_fits_and_says_which_is_which(
    question: list[int], title: list[int], before: list[int], sentence: list[int]
) -> None:
    found = window(question, [title, before, sentence], MARKS)
    assert len(found.ids) <= LIMIT
    assert len({len(values) for values in found}) == 1
    asked = [i for i, own in zip(found.ids, found.question, strict=True) if own]
    told = [i for i, own in zip(found.ids, found.types, strict=True) if own]
    text = [i for i, own in zip(found.ids, found.text, strict=True) if own]
    assert asked == question[:QUESTION]
    assert told == sentence[:SENTENCE] == text[len(text) - len(told) :]
    room = LIMIT - 3 - len(asked) - len(told)
    named = title[: max(0, min(TITLE, room))]
    led = max(0, min(BEFORE, room - len(named), len(before)))
    assert text[: len(text) - len(told)] == [*named, *before[len(before) - led :]]


def test_what_answers_is_above_what_does_not() -> None:
    scores = PairEncoder().scores("When was the report published?", [WEATHER, WROTE, PUBLISHED])
    assert np.argmax(scores) == 2
    assert np.argmin(scores) == 0


def test_a_score_depends_on_nothing_else() -> None:
    pair = PairEncoder(threads=2)
    question = "Who wrote it?"
    together = pair.scores(question, [PUBLISHED, WROTE, WEATHER])
    assert together == [pair.scores(question, [text])[0] for text in (PUBLISHED, WROTE, WEATHER)]
    assert together == PairEncoder(threads=1).scores(question, [PUBLISHED, WROTE, WEATHER])
    assert pair.scores(question, []) == []
    assert np.isfinite(pair.scores("?", [Reading("", "", "")])).all()


@pytest.mark.parametrize("content", [None, b"", b"no graph at all"])
def test_a_damaged_model_is_named_with_the_way_out(tmp_path: Path, content: bytes | None) -> None:
    graph = tmp_path / "pair.onnx"
    if content is not None:
        graph.write_bytes(content)
    with pytest.raises(ModelError, match="--no-pair"):
        PairEncoder(graph).scores("Who wrote it?", [WROTE])


def test_it_can_be_done_without(seeds_index: Path, settings: Settings) -> None:
    question = "When was the report on Operation Linden published?"
    with Retriever.open(seeds_index, settings=settings) as retriever:
        read = retriever.engine.find(question).choices
    with Retriever.open(seeds_index, settings=replace(settings, pair=False)) as retriever:
        plain = retriever.engine.find(question).choices
        assert retriever.ask(question).evidence
    assert {c.features.pair for c in plain} == {0.0}
    assert len({c.features.pair for c in read}) > 5
    assert {(c.row, c.start) for c in read} == {(c.row, c.start) for c in plain}


def test_a_calibration_is_for_answers_with_it_or_without(
    tmp_path: Path, seeds_index: Path, settings: Settings
) -> None:
    path = tmp_path / "plain.json"
    path.write_text(json.dumps(asdict(load_calibration(pair=False))), "utf-8")
    used = replace(settings, calibration=path)
    with Retriever.open(seeds_index, settings=replace(used, pair=False)) as retriever:
        assert retriever.ask("Who wrote it?").searched.documents == 5
    with (
        Retriever.open(seeds_index, settings=used) as retriever,
        pytest.raises(CalibrationError, match="without the pair encoder"),
    ):
        retriever.ask("Who wrote it?")


def test_the_recipe_teaches_and_writes_what_can_be_read(tmp_path: Path) -> None:
    """Twenty-four questions teach little, but every step of the way is the real one."""
    from eval.pair.__main__ import main

    clusters = tmp_path / "clusters"
    clusters.mkdir()
    shipped = Path("eval/pair/clusters/a1.jsonl").read_text("utf-8").splitlines()
    (clusters / "few.jsonl").write_text("\n".join(shipped[:2]), "utf-8")
    target, exact, again = (
        tmp_path / name for name in ("pair.onnx", "pair.safetensors", "again.onnx")
    )
    read = ["--clusters", str(clusters)]
    assert main([*read, "--rounds", "1", "--output", str(target), "--keep", str(exact)]) == 0
    assert main([*read, "--rounds", "0", "--output", str(again), "--begin", str(exact)]) == 0
    scores = PairEncoder(target).scores("When was it published?", [PUBLISHED, WROTE, WEATHER])
    assert scores[0] > scores[2]
    assert scores == PairEncoder(again).scores(
        "When was it published?", [PUBLISHED, WROTE, WEATHER]
    )
    shipped_scores = PairEncoder().scores("When was it published?", [PUBLISHED, WROTE, WEATHER])
    assert scores != shipped_scores


def test_a_follow_up_that_leans_is_not_read_and_judged_as_without(
    seeds_index: Path, settings: Settings
) -> None:
    earlier, more = "When was the report on Operation Linden published?", "And who said that?"
    with Retriever.open(seeds_index, settings=settings) as retriever:
        assert retriever.engine.find(earlier).read
        found = retriever.engine.find(more, [earlier])
        assert not found.read
        signals = Signals.of(retriever.snapshot, found.query, found.ranked, found.choices)
        answer = retriever.ask(more, history=[earlier])
    with_it, without = (load_calibration(pair=pair).probability(signals) for pair in (True, False))
    assert answer.confidence == round(without, 4) != round(with_it, 4)


def test_what_is_measured_beside_another_model_is_measured_without() -> None:
    assert Settings().paired
    assert not any(
        used.paired
        for used in (Settings(pair=False), Settings(reranker="name"), Settings(reader="name"))
    )
