"""Answers: what a conversation does with its turns, figures that differ, calibration by encoder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval import Retriever, Settings
from retrieval.confidence import calibration_for, load_calibration
from retrieval.errors import CalibrationError, ModelError, SettingsError
from retrieval.evidence.wanted import Kind, offers, wanted
from tests.conftest import MakeCorpus


def test_more_shows_what_was_not_shown(seeds: Retriever) -> None:
    conversation = seeds.conversation()
    first = conversation.ask("What did the whistleblower say?")
    more = conversation.ask("Tell me more")
    shown = {evidence.quote for evidence in first.evidence}
    assert more.evidence
    assert not shown & {evidence.quote for evidence in more.evidence[:3]}
    assert more.carried[0].text == first.question


def test_a_quote_is_not_the_answer_to_the_next_question_as_well(seeds: Retriever) -> None:
    before = "How many MPs did the Daily Mail contact?"
    shown = seeds.ask(before).evidence[0].quote
    answer = seeds.ask("And how many of them replied?", history=[before])
    assert "only three answered our question" in answer.evidence[0].quote
    assert answer.evidence[0].quote != shown


def test_who_said_that_finds_the_speaker_by_the_quote(seeds: Retriever) -> None:
    before = "What is happening with information sharing amongst the agencies?"
    quote = seeds.ask(before).evidence[0]
    answer = seeds.ask("Who said that?", history=[before])
    spoken = answer.evidence[0]
    assert spoken.citations[0].path == quote.citations[0].path
    assert "said" in spoken.quote
    assert answer.carried[-1].text == quote.quote


def test_a_long_conversation_stays_quick_and_the_same_however_it_is_asked(
    seeds: Retriever, seeds_index: Path, settings: Settings
) -> None:
    history = [f"Who wrote report number {number}?" for number in range(400)]
    question = "And when was it published?"
    answer = seeds.ask(question, history=history)
    assert answer.carried[0].turn == 400
    assert answer.carried[0].text == history[-1]
    conversation = seeds.conversation()
    for asked in history[:40]:
        conversation.ask(asked)
    with Retriever.open(seeds_index, settings=settings) as fresh:
        again = fresh.ask(question, history=history[:40])
    assert conversation.ask(question).to_dict(timings=False) == again.to_dict(timings=False)


def test_what_was_carried_can_be_dropped(seeds: Retriever) -> None:
    kept = seeds.ask("When?", history=["Who is Jayne Senior?"])
    dropped = seeds.ask("When?")
    assert kept.carried
    assert not dropped.carried
    assert dropped.understood_as == "When?"


def test_another_figure_in_another_document_stands_beside_the_quote(
    make_corpus: MakeCorpus, settings: Settings
) -> None:
    root = make_corpus(
        {
            "a.txt": "The review examined 265 allegations against the council.",
            "b.txt": "The review examined 211 allegations against the council, a spokesman said. "
            "Later the review examined 40 allegations against the council again.",
        }
    )
    with Retriever.for_corpus(root, settings=settings) as retriever:
        answer = retriever.ask("How many allegations did the review examine?")
    beside = {each.quote: [other.quote for other in each.differs] for each in answer.evidence}
    first, second, later = (
        next(quote for quote in beside if figure in quote) for figure in ("265", "211", "40")
    )
    assert second in beside[first]
    assert first in beside[second]
    # The same text gives two figures because they are of two things.
    assert later not in beside[second]
    assert second not in beside[later]
    for other in [other for each in answer.evidence for other in each.differs]:
        assert all(citation.state == "verified" for citation in other.citations)


@pytest.mark.parametrize(
    "question",
    ["Who is Jayne Senior?", "When was the report published?", "How many years did it take?"],
)
def test_no_difference_is_claimed_where_none_was_asked_for(seeds: Retriever, question: str) -> None:
    assert all(not evidence.differs for evidence in seeds.ask(question).evidence)


@pytest.mark.parametrize(
    ("question", "kind", "offer", "none"),
    [
        ("How many officers?", "number", "Only eight did.", "Some did."),
        ("In which year was it?", "date", "It began in 2014.", "It began late."),
        ("Where is it?", "place", "It lies near Leeds.", "It lies there."),
        ("Why did it fail?", "reason", "It failed because of haste.", "It failed."),
        ("Who wrote it?", "person", "It was written by Ann Lee.", "It was written."),
    ],
)
def test_the_kind_of_answer_is_told(question: str, kind: Kind, offer: str, none: str) -> None:
    assert wanted(question) == kind
    assert offers(kind, offer, frozenset())
    assert not offers(kind, none, frozenset())


def test_another_model_needs_a_calibration_of_its_own(
    seeds: Retriever, seeds_index: Path, settings: Settings, tmp_path: Path
) -> None:
    model = seeds.info.encoder.name
    assert calibration_for(model, None, pair=True) == load_calibration()
    with pytest.raises(CalibrationError) as caught:
        calibration_for("other-model", None, pair=True)
    assert "quoth eval calibrate" in caught.value.hint
    assert "--model other-model" in caught.value.hint
    path = tmp_path / "calibration.json"
    values = json.loads(Path("retrieval/calibration.json").read_text("utf-8"))
    path.write_text(json.dumps({**values, "model": "other-model"}), "utf-8")
    assert calibration_for("other-model", path, pair=True).evidence == load_calibration().evidence
    with Retriever.open(seeds_index, settings=replace(settings, calibration=path)) as other:
        assert other.search("Who led it?"), "a search needs no confidence"
        with pytest.raises(CalibrationError):
            other.ask("Who led it?")


def test_a_damaged_calibration_is_named(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    for text in ("{", "{}", "[]"):
        path.write_text(text, "utf-8")
        with pytest.raises(SettingsError, match=r"calibration\.json is no calibration"):
            load_calibration(path)
    with pytest.raises(SettingsError):
        load_calibration(tmp_path / "missing.json")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("did ipcc plan to scapegote junior offcers", "did ipcc plan to scapegoat junior officers"),
        ("oporation linden", "operation linden"),
        ("Lancashire and Manchster", "Lancashire and Manchster"),
        ('who said "scapegote"', 'who said "scapegote"'),
        ("officers inquiry", "officers inquiry"),
        ("qwertyuiop", "qwertyuiop"),
    ],
)
def test_misspelt_words_are_read_as_words_of_the_documents(
    seeds: Retriever, typed: str, read: str
) -> None:
    assert seeds.ask(typed).understood_as == read
    assert seeds.ask(typed).question == typed


def test_what_is_missing_is_counted_as_it_was_typed(seeds: Retriever) -> None:
    assert seeds.ask("did the ipcc scapegote anybody").searched.terms["scapegote"] == 0


@pytest.fixture(scope="module")
def small_reranker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder with two random layers, made here, saved as people's are."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    from retrieval.encoder.models import bundled_folder

    torch.manual_seed(7)
    folder = tmp_path_factory.mktemp("reranker")
    config = BertConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(bundled_folder()).save_pretrained(folder)
    CrossEncoder(str(folder), device="cpu").save_pretrained(str(folder))
    return folder


def test_a_named_reranker_orders_the_evidence(
    seeds: Retriever, seeds_index: Path, settings: Settings, small_reranker: Path
) -> None:
    from sentence_transformers import CrossEncoder

    question = "Who led the inquiry?"
    used = replace(settings, reranker=str(small_reranker), device="cpu")
    with Retriever.open(seeds_index, settings=used) as retriever:
        answer = retriever.ask(question)
        choices = retriever.engine.find(question).choices
    model = CrossEncoder(str(small_reranker), device="cpu")
    scores = model.predict([(question, choice.quote) for choice in choices[:16]])
    falls = scores[:-1] - scores[1:]
    assert falls.min() > -1e-5, "in the model's order, but for ties"
    assert {c.quote for c in choices} == {c.quote for c in seeds.engine.find(question).choices}
    assert "read" in answer.timings
    assert all(c.state == "verified" for e in answer.evidence for c in e.citations)


def test_a_reranker_that_is_none_is_refused(
    seeds_index: Path, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match="could not be loaded"):
        Retriever.open(seeds_index, settings=replace(settings, reranker=str(tmp_path / "none")))


def test_a_named_reader_orders_the_evidence_by_the_answers_in_it(
    seeds_index: Path, settings: Settings, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering

    from retrieval.encoder.models import bundled_folder

    torch.manual_seed(3)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertForQuestionAnswering(config).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(bundled_folder()).save_pretrained(tmp_path)
    question = "Who led the inquiry?"
    used = replace(settings, reader=str(tmp_path), device="cpu")
    with Retriever.open(seeds_index, settings=used) as retriever:
        choices = retriever.engine.find(question).choices[:16]
        answer = retriever.ask(question)
    assert [c.score for c in choices] == sorted((c.score for c in choices), reverse=True)
    assert len({round(c.score, 4) for c in choices}) > 4
    assert all(c.state == "verified" for e in answer.evidence for c in e.citations)


def test_a_model_that_marks_no_spans_is_no_reader(
    seeds_index: Path, settings: Settings, small_reranker: Path
) -> None:
    with pytest.raises(ModelError, match="is no reader"):
        Retriever.open(seeds_index, settings=replace(settings, reader=str(small_reranker)))


def test_a_reranker_and_a_reader_at_once_are_refused(seeds_index: Path, settings: Settings) -> None:
    with pytest.raises(SettingsError, match="Both a reranker"):
        Retriever.open(seeds_index, settings=replace(settings, reranker="a", reader="b"))
