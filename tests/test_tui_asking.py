"""The terminal UI: asking, reading, conversing, on the real index and encoder."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from textual import events
from textual.pilot import Pilot

from retrieval import Settings
from tests.terminal import (
    LINDEN,
    NOWHERE,
    PUBLISHED,
    app_of,
    ask,
    made,
    ready,
    screen_text,
    settled,
    show,
    until,
    use,
)
from tui.app import QuothApp
from tui.engine import Engine, Facts
from tui.widgets.card import Card
from tui.widgets.turn_view import Chip, Nearest, TurnView
from tui.widgets.welcome import QUESTIONS


def focused_number(app: QuothApp) -> int:
    """Return the number of the quotation that has the focus; 0 for something else."""
    return app.focused.number if isinstance(app.focused, Card) else 0


def test_the_first_screen_offers_questions_and_a_digit_asks_one(
    home: Settings, engine: Engine
) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ready(pilot)
        text = screen_text(app)
        assert all(question in text for question in QUESTIONS)
        assert "5 documents in the sample corpus" in text
        await pilot.press("2")
        await until(pilot, lambda: bool(app.main.query(Card)))
        assert app.main.talk.turns[0].question == QUESTIONS[1]
        await pilot.press("2")
        assert app.main.box.text == "2", "once something was asked, a digit is a digit"

    use(home, steps, engine=engine)


class SlowEngine(Engine):
    """Opens only when it is let."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.let = threading.Event()

    def open(self) -> Facts:
        self.let.wait(30)
        return super().open()


def test_a_question_typed_before_the_index_is_open_waits_for_it(home: Settings) -> None:
    slow = SlowEngine(home)

    async def steps(pilot: Pilot[int]) -> None:
        app = app_of(pilot)
        await pilot.press(*"Who?", "enter")
        await pilot.press(*"next")
        assert "waiting for the documents" in screen_text(app)
        slow.let.set()
        await until(pilot, lambda: bool(app.main.talk.turns[0].answer))
        assert app.main.box.text == "next", "what is typed meanwhile stays"

    use(home, steps, engine=slow)
    slow.close()


def test_cards_show_the_words_the_place_and_the_mark(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        turn = app.main.talk.turns[0]
        cards = list(app.main.query(Card))
        assert [card.number for card in cards] == list(range(1, len(turn.evidence) + 1))
        assert all(card.size.height > 1 for card in cards)
        text = screen_text(app)
        first = turn.evidence[0]
        assert first["quote"][:40] in text
        assert f"✓ verified  {first['citations'][0]['path']}" in text
        assert f"confidence {turn.answer['confidence']:.2f}" in text  # type: ignore[index]

    use(home, steps, engine=engine)


def test_going_from_card_to_card_and_back_to_the_box(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        went = []
        for keys in (["up"], ["j", "j"], ["1"], ["k", "5"], ["j"], ["escape"], ["ctrl+l"]):
            await pilot.press(*keys)
            went.append(focused_number(app))
        assert went == [1, 3, 1, 5, 0, 5, 0]
        assert app.main.box.has_focus

    use(home, steps, engine=engine)


def test_copies_come_from_the_record(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        answer = app.main.talk.turns[0].answer
        assert answer is not None
        first = answer["evidence"][0]
        await pilot.press("up", "y")
        assert app.clipboard == first["quote"]
        await pilot.press("Y")
        assert app.clipboard.startswith(first["quote"] + "\n(")
        assert first["citations"][0]["sha256"] in app.clipboard
        await pilot.press("c")
        assert app.clipboard.startswith(first["citations"][0]["path"] + ", line")
        await pilot.press("ctrl+y")
        assert all(item["quote"] in app.clipboard for item in answer["evidence"])

    use(home, steps, engine=engine)


def test_the_context_dial_gives_verbatim_slices(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        await pilot.press("up")
        card = app.focused
        assert isinstance(card, Card)
        first = card.item["citations"][0]
        text = engine.document(first["path"]).text  # type: ignore[union-attr]
        spans = [(first["start"], first["end"])]
        for _ in range(3):
            await pilot.press("space")
            await settled(pilot)
            assert card.widened is not None
            span = (card.citation["start"], card.citation["end"])
            assert span[0] <= spans[-1][0] and spans[-1][1] <= span[1]
            assert card.widened.text == text[slice(*span)]
            assert card.citation["state"] == "verified"
            spans.append(span)
        assert len(set(spans)) > 2
        await pilot.press("y")
        assert app.clipboard == text[slice(*spans[-1])]
        await pilot.press("backspace", "backspace", "backspace")
        await settled(pilot)
        assert card.widened is None

    use(home, steps, engine=engine)


def test_a_follow_up_shows_what_was_carried_and_can_drop_it(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        await ask(pilot, "When was it published?")
        turn = app.main.talk.turns[1]
        assert turn.answer is not None and turn.answer["carried"]
        text = screen_text(app)
        assert "also using" in text and f"turn 1  {LINDEN}" in text
        carried = turn.answer["carried"][1]["text"]
        assert f"turn 1  {carried[:40]}" in text, "the quotation too, as far as a line goes"
        chip = app.main.query_one(Chip)
        chip.focus()
        await pilot.press("enter")
        await settled(pilot)
        assert carried[-20:].split()[-1] in screen_text(app), "and in full"
        await pilot.press("x")
        await until(pilot, lambda: turn.answer is not None and not turn.answer["carried"])
        assert turn.dropped
        assert not app.main.query(Chip)
        assert "asked without the earlier questions" in screen_text(app)
        kept = app.keeper.sessions.read(app.main.talk.session or 0)
        assert [t.dropped for t in kept.turns] == [False, True]
        assert app.main.talk.history(app.main.talk.add("And then?")) == (
            ["When was it published?"], 1,
        )  # fmt: skip

    use(home, steps, engine=engine)


def test_a_question_is_asked_again_in_its_place_or_changed(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, PUBLISHED)
        turn = app.main.talk.turns[0]
        before = turn.answer
        await pilot.press("up", "m")
        await settled(pilot)
        await pilot.press("r")
        await until(pilot, lambda: turn.answer is not before)
        assert turn.answer is not None and turn.answer["evidence"]
        assert len(app.main.talk.turns) == 1 and focused_number(app) == 1
        kept = app.keeper.sessions.read(app.main.talk.session or 0)
        assert [t.dropped for t in kept.turns] == [False]
        assert not app.main.talk.pins and not app.keeper.sessions.pins(kept.info.id)
        await pilot.press("e")
        assert app.main.box.text == PUBLISHED and app.main.box.has_focus

    use(home, steps, engine=engine)


def test_keys_in_one_burst_with_the_one_that_leaves_the_box_go_where_it_led(
    home: Settings, engine: Engine
) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, PUBLISHED)
        for key in ("up", "2", "m"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: len(app.main.talk.pins) == 1)
        assert app.main.talk.pins == {(1, 2)}
        assert app.main.box.text == "" and focused_number(app) == 2

    use(home, steps, engine=engine)


def test_not_found_says_what_was_searched_and_folds_what_is_near(
    home: Settings, engine: Engine
) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, NOWHERE)
        turn = app.main.talk.turns[0]
        assert turn.status == "not_found"
        text = screen_text(app)
        assert "The documents do not say." in text
        assert "5 documents in 50 passages, 0 files skipped" in text
        assert "“mongolia”" in text and "nowhere" in text
        assert not app.main.transcript.cards
        await pilot.press("up")
        assert app.main.query_one(Nearest).has_focus
        await pilot.press("n")
        await settled(pilot)
        assert len(app.main.transcript.cards) == len(turn.evidence) > 0
        assert focused_number(app) == 1
        await pilot.press("n")
        await settled(pilot)
        assert not app.main.transcript.cards

    use(home, steps, engine=engine)


def test_statements_that_differ_stand_side_by_side(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ready(pilot)
        one = ("003_e60e8bc3f713d679.txt", "Operation Amazon was one of 93 strands of Operation")
        two = ("000_0370fae8f4af25c7.txt", "Every one of the 91 investigations")
        answer = made(app, "How many were there?", one)
        other = made(app, "", two)["evidence"][0]
        answer["evidence"][0]["differs"] = [
            {"quote": other["quote"], "citations": other["citations"]}
        ]
        app = await show(pilot, answer)
        text = screen_text(app)
        assert "Sources state different figures:" in text
        row = next(line for line in text.splitlines() if "Every one of the" in line)
        assert "Operation Amazon" in row

    use(home, steps, size=(120, 40), engine=engine)


def test_marks_go_to_the_screen_the_store_and_the_question_set(
    home: Settings, engine: Engine
) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, PUBLISHED)
        turn = app.main.talk.turns[0]
        await pilot.press("up", "plus")
        await settled(pilot)
        assert turn.mark == "right"
        assert "marked right" in screen_text(app)
        await pilot.press("0")
        await settled(pilot)
        kept = app.keeper.sessions.read(app.main.talk.session or 0)
        assert [t.mark for t in kept.turns] == ["silent"]
        lines = [
            json.loads(line)
            for path in Path(home.data_dir, "questions").glob("*.jsonl")
            for line in path.read_text("utf-8").splitlines()
        ]
        assert any(PUBLISHED in json.dumps(line) for line in lines)
        await pilot.press("0")
        await settled(pilot)
        assert turn.mark is None

    use(home, steps, engine=engine)


def test_why_shows_the_plain_figures(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        await pilot.press("up", "w")
        await settled(pilot)
        text = screen_text(app)
        item = app.main.talk.turns[0].evidence[0]
        assert f"{item['score']:.6f}" in text and item["citations"][0]["sha256"] in text
        assert "thresholds" in text and "all-MiniLM-L6-v2" in text
        assert "lexical" in text
        await pilot.press("escape")
        assert app.screen is app.main

    use(home, steps, size=(120, 40), engine=engine)


def test_a_question_that_cannot_be_asked_keeps_its_words(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        long = "why " * 3000
        app = await ask(pilot, long)
        assert app.main.talk.turns[0].problem
        assert app.main.box.text == long.strip()
        assert app.main.talk.turns[0].kept == 0

    use(home, steps, engine=engine)


def test_leaving_documents_out_changes_what_is_asked(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ready(pilot)
        await pilot.press("ctrl+b")
        await settled(pilot)
        assert "[x] 000_0370fae8f4af25c7.txt" in screen_text(app)
        await pilot.press("down", "home", "t")
        assert "[ ] 000_0370fae8f4af25c7.txt" in screen_text(app)
        await pilot.press("escape")
        assert "asking 4 of 5 documents" in screen_text(app)
        await ask(pilot, LINDEN)
        answer = app.main.talk.turns[0].answer
        assert answer is not None and answer["searched"]["documents"] == 4
        paths = {c["path"] for item in answer["evidence"] for c in item["citations"]}
        assert "000_0370fae8f4af25c7.txt" not in paths

    use(home, steps, engine=engine)


def test_a_long_conversation_draws_its_end_and_keeps_the_rest(
    home: Settings, engine: Engine
) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ready(pilot)
        quote = ("000_0370fae8f4af25c7.txt", "Operation Linden, the investigation carried out")
        turns = [made(app, f"Question {n}?", quote) for n in range(25)]
        app = await show(pilot, *turns)
        assert len(app.main.query(TurnView)) == 20
        assert len(app.main.talk.turns) == 25

    use(home, steps, engine=engine)
