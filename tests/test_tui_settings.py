"""The terminal UI: keys, colours, help, palette, jumping, the clipboard and the editor."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import replace
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.pilot import Pilot

import tui
from retrieval import Settings
from tests.terminal import LINDEN, ask, cells, ready, screen_text, settled, use
from tui import benchmark, clipboard, manual, pictures, themes
from tui.app import QuothApp
from tui.editor import editor_command
from tui.engine import Engine, scope
from tui.keymap import KEYS, REGIONS
from tui.preferences import load_preferences

ROOM = Path(tui.__file__).parent if tui.__file__ else Path("tui")


def classes() -> list[type[DOMNode]]:
    """Return every widget and screen of ours, and the application."""
    names = [m.name for m in pkgutil.walk_packages([str(ROOM)], "tui.") if m.name != "tui.__main__"]
    found: list[type[DOMNode]] = []
    for name in names:
        if ".web" in name:
            continue
        for _, value in inspect.getmembers(importlib.import_module(name), inspect.isclass):
            if issubclass(value, DOMNode) and value.__module__ == name:
                found.append(value)
    return found


def test_every_binding_has_an_id_and_an_action_that_exists() -> None:
    ids = [key.id for key in KEYS]
    assert len(set(ids)) == len(ids)
    assert {key.region for key in KEYS} <= set(REGIONS)
    used = set()
    for found in classes():
        for binding in found.__dict__.get("BINDINGS", []):
            assert isinstance(binding, Binding) and binding.id
            used.add(binding.id)
            name = binding.action.split("(")[0]
            owner: type[DOMNode] = QuothApp if name.startswith("app.") else found
            assert hasattr(owner, f"action_{name.removeprefix('app.')}"), (found, binding.id)
    assert {key.id for key in KEYS} <= used, set(ids) - used


def test_no_module_is_long_and_none_uses_private_names_of_textual() -> None:
    for path in ROOM.rglob("*.py"):
        text = path.read_text("utf-8")
        assert len(text.splitlines()) < 300, path
        assert "textual._" not in text and "from rich._" not in text, path


def test_the_user_remaps_keys_and_colours_and_mistakes_are_told(
    home: Settings, engine: Engine
) -> None:
    assert home.file is not None
    (home.file.parent / "terminal.toml").write_text(
        'theme = "quoth-light"\nwidth = 3\n'
        '[keys]\n"app.new" = "f9"\n"ask.send" = "f7"\n"app.fly" = "x"\n'
        '[colors]\naccent = "#123456"\n',
        "utf-8",
    )
    preferences = load_preferences(home)
    assert preferences.keys == {"app.new": "f9", "ask.send": "f7"}
    assert [text.split(": ", 1)[1] for text in preferences.problems] == [
        "width is no setting.", "there is no key called app.fly.",
    ]  # fmt: skip

    async def steps(pilot: Pilot[int]) -> None:
        app = await ready(pilot)
        assert app.theme == "quoth-light"
        assert any("#123456" in cell.style for row in cells(app) for cell in row)
        assert app.theme_variables["accent"].lower() == "#123456"
        assert "there is no key called app.fly" in screen_text(app), "a toast tells"
        app.main.box.insert("Who was it?")
        await pilot.press("enter")
        assert app.main.box.text == "Who was it?\n", "enter is an ordinary key now"
        await pilot.press("f7")
        await settled(pilot)
        assert app.main.talk.turns
        await pilot.press("f9")
        await settled(pilot)
        assert not app.main.talk.turns

    use(home, steps, engine=engine)


@pytest.mark.parametrize(
    "text", ["theme = [", "keys = 3", '[keys]\n"app.new" = 3', "\xff\x00", "theme = 4"]
)
def test_no_settings_file_stops_the_start(home: Settings, text: str) -> None:
    assert home.file is not None
    (home.file.parent / "terminal.toml").write_text(text, "latin-1")
    assert load_preferences(home).problems


def test_help_is_about_where_the_focus_is(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        await pilot.press("f1")
        await settled(pilot)
        assert screen_text(app).index("Writing a question") > 0
        await pilot.press("escape", "up", "question_mark")
        await settled(pilot)
        text = screen_text(app)
        assert "On a quotation or an answer" in text and "Writing a question" not in text
        await pilot.press("escape")
        assert app.screen is app.main

    use(home, steps, engine=engine)


def test_the_palette_offers_what_applies_now(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        await pilot.press("ctrl+p", *"pin")
        await settled(pilot)
        await pilot.pause(0.3)
        assert "Pin the quotation" not in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("up", "ctrl+p", *"pin")
        await settled(pilot)
        await pilot.pause(0.3)
        assert "Pin the quotation" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert app.main.talk.pins == {(1, 1)}

    use(home, steps, engine=engine)


def test_documents_are_opened_by_name(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ready(pilot)
        await pilot.press("f3", *"003")
        await pilot.pause(0.5)
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert app.main.pane.path.startswith("003_")
        assert app.focused is app.main.pane.view

    use(home, steps, engine=engine)


def test_jumping_goes_to_the_letter(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert " a " in screen_text(app) and " s " in screen_text(app)
        await pilot.press("s")
        await settled(pilot)
        cards = app.main.transcript.cards
        assert app.focused is cards[1]
        await pilot.press("ctrl+o", "escape")
        assert app.focused is cards[1]

    use(home, steps, size=(100, 40), engine=engine)


def test_light_and_dark(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ready(pilot)
        await pilot.press("f8")
        assert app.theme == "quoth-light"
        await pilot.press("f8")
        assert app.theme == "quoth-dark"
        for name in ("ansi-dark", "ansi-light", "nord"):
            app.theme = name
            await settled(pilot)
            assert LINDEN in screen_text(app)

    use(home, steps, engine=engine)


def test_colours_without_colour(
    home: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        assert app.no_color
        assert "✓ verified" in screen_text(app) and "Answered" in screen_text(app)

    use(home, steps, engine=engine)


def test_the_terminal_says_whether_it_is_light() -> None:
    assert themes.for_terminal({"COLORFGBG": "0;15"}) == "quoth-light"
    assert themes.for_terminal({"COLORFGBG": "15;0"}) == "quoth-dark"
    assert themes.for_terminal({}) == "quoth-dark"


def test_the_editor_is_opened_at_the_line() -> None:
    path = Path("/corpus/-a file.txt")
    for named, command in [
        ("vim", ["vim", "+7", str(path)]),
        ("code --wait", ["code", "--wait", "-g", f"{path}:7"]),
        ("ed {file} at {line}", ["ed", str(path), "at", "7"]),
    ]:
        assert editor_command(path, 7, named, {}) == command
    assert editor_command(path, 7, "", {"EDITOR": "joe"}) == ["joe", "+7", str(path)]
    assert editor_command(path, 7, "'unclosed", {}) is None


def test_over_ssh_only_the_terminal_can_copy() -> None:
    assert not clipboard.copy_locally("x", {"SSH_TTY": "/dev/pts/0", "DISPLAY": ":0"})
    assert not clipboard.copy_locally("x", {})


def test_a_path_in_a_scope_means_itself() -> None:
    names = ["a*b.txt", "a1b.txt", "[x].txt", "x.txt", "!n.txt", "#c.txt", "d/e f.txt", "d\\e.txt"]
    for left_out in names:
        where = scope([left_out])
        assert where is not None
        assert [n for n in names if n not in set(_selected(where, names))] == [left_out]
    assert scope([]) is None


def _selected(where: object, names: list[str]) -> list[str]:
    from types import SimpleNamespace

    known = {name: SimpleNamespace(modified_ns=0) for name in names}
    return where.select(known)  # type: ignore[attr-defined,no-any-return]


def test_nothing_heavy_is_loaded_before_the_first_screen() -> None:
    import subprocess
    import sys

    heavy = ["numpy", "faiss", "torch", "onnxruntime", "sqlite3", "tantivy", "markdown_it"]
    code = f"import tui.app, sys; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_small_terminal_is_usable(home: Settings, engine: Engine) -> None:
    async def steps(pilot: Pilot[int]) -> None:
        app = await ask(pilot, LINDEN)
        text = screen_text(app)
        assert "Answered" in text and "verified" in text
        await pilot.press("up", "j")
        await settled(pilot)
        assert "verified" in screen_text(app)
        for keys in (["ctrl+b"], ["escape", "ctrl+t"], ["escape", "ctrl+s"], ["escape", "f1"]):
            await pilot.press(*keys)
            await settled(pilot)
            assert len(screen_text(app).split()) > 5

    use(replace(home), steps, size=(40, 15), engine=engine)


def test_the_manual_lists_every_key() -> None:
    text = manual.PAGE.read_text("utf-8")
    assert manual.page(text) == text, "run: python -m tui.manual"


def test_the_benchmark_measures(home: Settings) -> None:
    figures = benchmark.cold_start(home)
    assert 0 < figures["first_paint"] < figures["first_answer"] < 60
    assert benchmark.table({"first_paint_ms": benchmark.summary([figures["first_paint"]])})


def test_a_picture_is_drawn_without_anything_to_fetch(home: Settings, engine: Engine) -> None:
    drawn = pictures.draw(pictures.SCENES["home"], home, engine)
    assert "<svg" in drawn and "@font-face" not in drawn and "url(http" not in drawn
