"""The terminal UI: the source beside the quotation, exactly, and searched."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from retrieval import Settings
from tests.conftest import MakeCorpus
from tests.terminal import LINDEN, app_of, ask, cells, ready, screen_text, settled, until, use
from tui.context import widened
from tui.engine import Engine
from tui.text import literal, shown
from tui.widgets.card import Card
from tui.wrapping import Wrapped, columns

TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Z", "C"]), max_size=300)


@given(TEXTS, st.integers(4, 40))
def test_rows_are_slices_that_cover_the_text_and_fit(text: str, width: int) -> None:
    safe = shown(text)
    rows = Wrapped(safe, width).rows
    covered = "".join(safe[row.start : row.end] for row in rows)
    assert covered == safe.replace("\n", "")
    assert all(row.start <= row.end for row in rows)
    for row in rows:
        drawn = safe[row.start : row.end].rstrip()
        assert columns(drawn) <= width or len(drawn) == 1
    numbers = [row.number for row in rows if row.number]
    assert numbers == list(range(1, safe.count("\n") + 2))


@given(TEXTS)
def test_the_gate_keeps_every_length(text: str) -> None:
    assert len(shown(text)) == len(text)
    assert literal(text).plain == shown(text), "nothing is stripped or read as markup"


@given(TEXTS, st.data())
def test_widened_slices_hold_the_quotation_and_grow(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    before = (start, end)
    for paragraphs in range(1, 4):
        found = widened(text, (start, end), paragraphs)
        assert 0 <= found[0] <= before[0] and before[1] <= found[1] <= len(text)
        before = found


def highlighted(pilot: Pilot[int]) -> str:
    """Return what is drawn on the colour of the highlight, rows joined."""
    app = app_of(pilot)
    mark = app.theme_variables["mark"].lower()
    rows = ["".join(c.char for c in row if f"on {mark}" in c.style.lower()) for row in cells(app)]
    return " ".join(row.strip() for row in rows if row.strip())


def test_the_source_follows_the_selected_quotation_and_highlights_it_exactly(
    home: Settings, engine: Engine
) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        evidence = app.main.talk.turns[0].evidence
        assert app.main.pane.display
        assert highlighted(pilot) == " ".join(evidence[0]["quote"].split())
        await pilot.press("up", "j")
        await settled(pilot)
        assert app.main.pane.path == evidence[1]["citations"][0]["path"]
        assert highlighted(pilot) == " ".join(evidence[1]["quote"].split())
        await pilot.press("enter")
        assert app.focused is app.main.pane.view
        await pilot.press("escape")
        card = app.main.transcript.numbered(app.main.talk.turns[0], 2)
        assert card is not None and card.has_focus

    use(home, steps, size=(120, 40), engine=engine)


def test_in_a_narrow_terminal_the_source_takes_the_screen(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        seen = [app.main.pane.display]
        await pilot.press("up", "enter")
        await settled(pilot)
        seen.append(app.main.pane.display)
        quote = app.main.talk.turns[0].evidence[0]["quote"]
        assert highlighted(pilot) == " ".join(quote.split())
        await pilot.press("ctrl+g")
        seen.append(app.main.pane.display)
        assert seen == [False, True, False]
        assert isinstance(app.focused, Card)

    use(home, steps, size=(40, 15), engine=engine)


def test_finding_words_in_the_source(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        app.main.open_document("000_0370fae8f4af25c7.txt")
        await settled(pilot)
        await pilot.press("slash", *"IOPC")
        await settled(pilot)
        document = engine.document("000_0370fae8f4af25c7.txt")
        assert document is not None
        found = document.text.lower().count("iopc")
        assert found > 2 and f"1 of {found} matches" in screen_text(app)
        await pilot.press("enter", "n", "n")
        await settled(pilot)
        assert app.main.pane.view.current == 2
        assert f"3 of {found} matches" in screen_text(app)
        await pilot.press("N", "N", "N")
        assert app.main.pane.view.current == found - 1, "around the beginning"
        await pilot.press("escape")
        assert not app.main.pane.view.matches

    use(home, steps, size=(120, 40), engine=engine)


def test_line_ends_and_tabs_do_not_move_the_highlight(
    make_corpus: MakeCorpus, home: Settings
) -> None:
    from dataclasses import replace

    text = "Minutes\r\n\r\n\tThe panel met on\t3 May 1999 in the hall.\r\nNobody spoke.\r\n"
    root = make_corpus({"minutes.txt": text, "old.txt": "One line.\rTwo lines, 1901.\rThree."})
    settings = replace(home, corpus=root, index=home.data_dir / "new.index")

    async def steps(pilot: Pilot[int]) -> None:
        app = await ready(pilot)
        await ask(pilot, "When did the panel meet?")
        quote = app.main.talk.turns[0].evidence[0]["quote"]
        assert "3 May 1999" in quote
        assert highlighted(pilot).split() == quote.split()
        assert "␍" not in screen_text(app)
        app.main.open_document("old.txt")
        await until(pilot, lambda: app.main.pane.path == "old.txt")
        assert "One line.␍Two lines, 1901.␍Three." in screen_text(app)

    use(settings, steps, size=(120, 40))
