"""The measures, against numbers worked out by hand, and ranking against ir_measures itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval import calibrating, statistics, trec, weighing
from eval.calibrating import Example, Options
from eval.measures import ANSWER_MEASURES, CONFIDENCE_MEASURES, Case, Curve, ranking_measures
from eval.measures.calibration import bins
from eval.measures.risk import risk_coverage
from eval.measures.spans import covered
from eval.records import Gold, Outcome, Place, Proof, Question, QuestionSet, Shown
from eval.runfolder import Run
from eval.scoring import score
from eval.weighing import Listed
from retrieval.confidence import Calibration
from retrieval.evidence import FEATURES
from retrieval.records import Status

MEASURES = {measure.name: measure for measure in ANSWER_MEASURES}
WHOLE = {measure.name: measure for measure in CONFIDENCE_MEASURES}


def question(*gold: Gold, kind: str = "factoid", name: str = "q") -> Question:
    return Question(name, kind, "When?", (), bool(gold), gold, "", name)


def shown(*places: Place, beside: Sequence[Place] = ()) -> Shown:
    return Shown("", places, tuple(beside), places[0])


def outcome(
    *quotes: Shown, status: Status = "answered", confidence: float = 0.5, proof: Proof | None = None
) -> Outcome:
    return Outcome("q", status, confidence, quotes, (), proof or Proof(1, 1, 1), {})


def value(name: str, asked: Question, came: Outcome | None, k: int = 5) -> float | None:
    return MEASURES[name].of(Case(asked, came, k))


HUNDRED = Gold(Place("a", 100, 200), "words")
OTHER = Gold(Place("b", 0, 300), "words")
SIDES = (replace(HUNDRED, side="a"), replace(OTHER, side="b"))


def test_characters_that_several_places_share_count_once() -> None:
    others = [Place("a", 90, 120), Place("a", 110, 130), Place("a", 190, 300), Place("b", 0, 999)]
    assert covered(Place("a", 100, 200), others) == 40


def test_character_precision_and_recall() -> None:
    # 40 of the first quote's 160 characters are gold; they are 40 of the gold's 100.
    came = outcome(shown(Place("a", 160, 320)), shown(Place("a", 100, 130)))
    asked = question(HUNDRED, OTHER)
    assert value("character precision", asked, came) == pytest.approx(0.25)
    assert value("character recall@1", asked, came) == pytest.approx(0.4)
    assert value("character recall@k", asked, came) == pytest.approx(0.7)
    assert value("character recall@k", asked, came, k=1) == pytest.approx(0.4)


def test_where_several_places_are_needed_all_of_them_count() -> None:
    came = outcome(shown(Place("a", 100, 200)), shown(Place("b", 0, 60)))
    asked = question(HUNDRED, OTHER, kind="multi")
    assert value("character recall@1", asked, came) == pytest.approx(100 / 400)
    assert value("character recall@k", asked, came) == pytest.approx(160 / 400)


def test_conflict_coverage_needs_every_side() -> None:
    asked, first = question(*SIDES), shown(Place("a", 100, 200))
    assert value("conflict coverage", asked, outcome(first)) == 0
    assert value("conflict coverage", asked, outcome(first, shown(Place("b", 0, 300)))) == 1
    beside = shown(Place("a", 100, 200), beside=[Place("b", 0, 300)])
    assert value("conflict coverage", asked, outcome(beside)) == 1
    assert value("conflict coverage", asked, outcome(first, shown(Place("b", 0, 300))), k=1) == 0
    assert value("conflict coverage", question(HUNDRED), outcome(first)) is None


def test_one_quote_that_is_not_proved_fails_the_question() -> None:
    asked = question(HUNDRED)
    assert value("verbatim", asked, outcome(proof=Proof(9, 9, 8))) == 1
    assert value("verified", asked, outcome(proof=Proof(9, 9, 8))) == 0
    assert value("verbatim", asked, outcome(proof=Proof(9, 8, 8))) == 0
    assert value("verbatim", asked, outcome(proof=Proof(0, 0, 0))) is None


def test_statuses() -> None:
    right, wrong = shown(Place("a", 100, 200)), shown(Place("c", 0, 10))
    asked, nothing = question(HUNDRED), question()
    table: Sequence[tuple[Question, Outcome, Mapping[str, float | None]]] = [
        (asked, outcome(right), {"correct": 1, "wrong answer": 0, "risk": 0}),
        (asked, outcome(wrong, right), {"correct": 0, "wrong answer": 1, "risk": 1}),
        (asked, outcome(right, status="uncertain"),
         {"correct": 0, "wrong answer": 0, "risk": None, "refusal precision": 0,
          "not-found precision": None, "answered": 0}),
        (nothing, outcome(wrong),
         {"correct": 0, "wrong answer": 1, "risk": 1, "refusal recall": 0}),
        (nothing, outcome(wrong, status="uncertain"),
         {"correct": 1, "refusal recall": 1, "refusal precision": 1, "not-found recall": 0}),
        (nothing, outcome(status="not_found"),
         {"correct": 1, "not-found recall": 1, "not-found precision": 1}),
    ]  # fmt: skip
    for about, came, expected in table:
        for name, number in expected.items():
            assert value(name, about, came) == number, name


def test_a_question_that_was_not_run_is_as_bad_as_can_be() -> None:
    worst = {"wrong answer": 1.0, "risk": 1.0}
    for asked in (question(*SIDES), question()):
        for name in MEASURES:
            number = value(name, asked, None)
            assert number is None or number == worst.get(name, 0.0), name
    curve = Curve.of([Case(question(HUNDRED), None, 5), Case(question(), None, 5)])
    assert curve.confidence.tolist() == [0, 1]
    assert WHOLE["AUROC"].over(curve) == 0
    assert WHOLE["Brier"].over(curve) == pytest.approx(0.5)


# Confidence 0.9 right, 0.8 wrong, 0.6 right, 0.3 wrong; the last two of an unanswerable question.
CURVE = Curve(
    np.array([0.9, 0.8, 0.6, 0.3]), np.array([True, False, True, False]),
    np.array([True, True, False, False]),
)  # fmt: skip


def test_measures_of_confidence() -> None:
    assert WHOLE["AUROC"].over(CURVE) == 1
    assert WHOLE["AUROC right"].over(CURVE) == pytest.approx(3 / 4)
    assert WHOLE["Brier"].over(CURVE) == pytest.approx((0.01 + 0.64 + 0.16 + 0.09) / 4)
    # Risks after one, two, three and four answers: 0, 1/2, 1/3, 1/2.
    assert WHOLE["AURC"].over(CURVE) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    # Ten bins of at most one question each: 0.1, 0.8, 0.4 and 0.3 from the truth.
    assert WHOLE["ECE"].over(CURVE) == pytest.approx((0.1 + 0.8 + 0.4 + 0.3) / 4)


def test_two_bins() -> None:
    low, high = bins(CURVE, 2)
    assert low == pytest.approx((0.45, 0.5, 2))
    assert high == pytest.approx((0.85, 0.5, 2))


def test_equal_confidences_count_one_half_and_are_answered_together() -> None:
    even = Curve(np.full(4, 0.5), CURVE.right, CURVE.answerable)
    assert WHOLE["AUROC"].over(even) == pytest.approx(0.5)
    coverage, risk = risk_coverage(even)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1]
    assert risk.tolist() == [0.5, 0.5, 0.5, 0.5]


def test_auroc_needs_both_kinds() -> None:
    assert WHOLE["AUROC"].over(Curve(CURVE.confidence, CURVE.right, np.ones(4, np.bool_))) is None


RELEVANT = {"q1": {"d1": 1}, "q2": {"d1": 1, "d4": 1}, "q3": {"d9": 1}, "q4": {"d1": 1}}
RANKED = {"q1": ("d1", "d2"), "q2": ("d3", "d4", "d2", "d5", "d6", "d1"), "q3": ("d1", "d2")}


def run_of(folder: Path) -> Run:
    """Return a run of the rankings above; q4 was not run."""
    asked = tuple(
        replace(question(name=name), answerable=True, relevant=grades)
        for name, grades in RELEVANT.items()
    )
    came = {name: replace(outcome(), id=name, status=None, ranking=r) for name, r in RANKED.items()}
    meta = {"retriever": "search", "settings": {"k": 5}, "questions": {"name": "t"}, "split": "all"}
    return Run(folder, meta, QuestionSet("t", "document", asked), came, {})


def test_ranking_measures_by_hand(tmp_path: Path) -> None:
    found = score(run_of(tmp_path)).questions
    assert found["q1"]["unit mrr@10"] == 1
    assert found["q2"]["unit success@1"] == 0
    assert found["q2"]["unit success@3"] == 1
    assert found["q2"]["unit recall@5"] == 0.5
    assert found["q2"]["unit recall@10"] == 1
    assert found["q2"]["unit mrr@10"] == 0.5
    # Gains at ranks 2 and 6 against ranks 1 and 2: (0.6309 + 0.3562) / (1 + 0.6309).
    assert found["q2"]["unit ndcg@10"] == pytest.approx(0.6053, abs=1e-4)
    assert set(found["q3"].values()) == {0.0}
    assert set(found["q4"].values()) == {0.0}, "not run counts as zero"


def test_ranking_agrees_with_ir_measures_on_the_exported_files(tmp_path: Path) -> None:
    import ir_measures
    from ir_measures import RR, R, Success, nDCG

    run = run_of(tmp_path)
    trec.write_trec(run)
    scores = score(run)
    theirs = ir_measures.calc_aggregate(
        [nDCG @ 5, RR @ 10, R @ 5, Success @ 3],
        list(ir_measures.read_trec_qrels(str(tmp_path / "qrels.trec"))),  # type: ignore[no-untyped-call]
        list(ir_measures.read_trec_run(str(tmp_path / "run.trec"))),  # type: ignore[no-untyped-call]
    )
    ours = scores.groups["all"]
    pairs = {"ndcg@5": nDCG @ 5, "mrr@10": RR @ 10, "recall@5": R @ 5, "success@3": Success @ 3}
    for name, measure in pairs.items():
        assert ours[f"unit {name}"].value == pytest.approx(theirs[measure]), name
    assert trec.read_judged(tmp_path) == trec.Judged(
        {name: scored for name, scored in trec.units(run).run.items() if scored}, RELEVANT
    )


def test_a_quote_that_repeats_a_gold_is_not_right_twice() -> None:
    asked = question(HUNDRED, OTHER, Gold(Place("c", 0, 10), ""))
    # The second quote shows two gold places; the third only what was shown; c is never shown.
    came = outcome(
        shown(Place("z", 0, 9)), shown(Place("a", 100, 200), Place("b", 0, 300)),
        shown(Place("a", 120, 180)),
    )  # fmt: skip
    meta = {"retriever": "full", "settings": {"k": 5}}
    run = Run(Path(), meta, QuestionSet("t", "passage", (asked,)), {"q": came}, {})
    judged = trec.quotes(run)
    assert judged.qrels == {"q": {"quote-02": 1, "gold-02": 1}}
    measured = ranking_measures(judged)["q"]
    assert measured["success@1"] == 0
    assert measured["mrr@10"] == 0.5
    assert measured["recall@5"] == 0.5


def test_intervals_hold_the_mean_and_narrow_with_more_questions() -> None:
    few = statistics.means(np.array([[0.0], [1.0]] * 10))[0]
    many = statistics.means(np.array([[0.0], [1.0]] * 1000))[0]
    assert few is not None
    assert many is not None
    assert few.low < 0.5 < few.high
    assert many.high - many.low < (few.high - few.low) / 5
    assert (few.value, few.size) == (0.5, 20)


def test_what_does_not_apply_is_left_out_of_the_mean() -> None:
    table = np.array([[1.0, np.nan], [np.nan, np.nan], [0.0, np.nan], [1.0, np.nan]])
    first, second = statistics.means(table)
    assert first is not None
    assert first.value == pytest.approx(2 / 3)
    assert first.size == 3
    assert second is None


def test_randomisation_by_hand() -> None:
    # Five questions that all got better: 2 of the 32 ways to swap give as much.
    assert statistics.randomisation(np.ones(5)) == pytest.approx(2 / 32, abs=0.01)
    assert statistics.randomisation(np.zeros(5)) == 1
    assert statistics.randomisation(np.array([1.0, -1.0])) == 1


def test_thresholds_by_hand() -> None:
    sure = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    right, weight = np.array([True, True, False, True, False]), np.ones(5)
    # Risks from the top: 0, 0, 1/3, 1/4, 2/5.
    assert calibrating.answering_threshold(sure, right, weight, 0.25) == 0.6
    assert calibrating.answering_threshold(sure, right, weight, 0.1) == 0.8
    assert calibrating.answering_threshold(sure, ~right, weight, 0.1) == 1.0
    assert calibrating.refusing_threshold(sure, right, weight, 0.05) == 0.6
    assert calibrating.refusing_threshold(sure, right, weight, 0.4) == 0.8


def test_weighing_finds_the_feature_that_tells_the_right_sentence() -> None:
    numbers = np.random.default_rng(1)
    lists = []
    for at in range(60):
        table = np.zeros((8, len(FEATURES)))  # the pair encoder, the last, read nothing
        table[:, :-1] = numbers.normal(0.3, 0.1, (8, len(FEATURES) - 1))
        right = np.arange(8) == at % 8
        table[right, FEATURES.index("cover")] += 0.4
        lists.append(Listed("t", str(at), str(at % 12), table, right))
    now = {"length": 1.0, "furniture": -0.25}
    fitted = weighing.fit(lists, now, 1.0, 4)
    assert fitted.weights["cover"] == max(fitted.weights.values())
    assert fitted.weights["furniture"] == -0.25, "kept, whatever the sets hold"
    assert sum(w for n, w in fitted.weights.items() if w > 0) == pytest.approx(1, abs=0.01)
    assert fitted.after["t"]["first"] > 0.9 > fitted.before["t"]["first"]


def test_a_fit_finds_the_signal_that_tells_right_from_wrong() -> None:
    numbers = np.random.default_rng(1)
    examples = []
    for at in range(200):
        right = bool(at % 2)
        signals = dict.fromkeys(calibrating.SIGNALS, 0.0)
        signals["cosine"] = float(numbers.normal(0.7 if right else 0.3, 0.1))
        examples.append(Example("t", str(at), str(at % 20), signals, right, right))
    now = Calibration("m", {"cosine": 0.0}, 0.0, 0.5, 0.25, {"cosine": 1.0})
    fitted = calibrating.fit(examples, now, Options())
    assert fitted.calibration.weights["cosine"] > 1
    assert fitted.calibration.weights["margin"] == 0
    assert fitted.before["t"]["AUROC"] == 0.5
    assert fitted.after["t"]["AUROC"] > 0.95
    assert fitted.after["t"]["risk"] <= 0.2
    assert fitted.calibration.uncertain <= fitted.calibration.answered
