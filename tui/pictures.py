"""``python -m tui.pictures FOLDER``: pictures of the program's main states, for the manual.

Each is drawn by the program itself from the sample corpus, without a terminal.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from textual.pilot import Pilot

from retrieval import Settings, build_index, bundled_corpus, load_settings

from . import themes
from .app import QuothApp
from .engine import Engine

LINDEN = "Who was the highest-ranking officer investigated under Operation Linden?"
_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture: what is asked, then the keys that lead there."""

    size: tuple[int, int] = (120, 36)
    asked: Sequence[str] = (LINDEN,)
    keys: Sequence[str] = ()
    theme: str = themes.DARK.name


SCENES: Mapping[str, Scene] = {
    "home": Scene((100, 28), ()),
    "answer": Scene(),
    "light": Scene(keys=("up", "j"), theme=themes.LIGHT.name),
    "follow-up": Scene(asked=(LINDEN, "When was it published?"), keys=("up",)),
    "not-found": Scene((100, 28), ("What is the capital of Mongolia?",)),
    "context": Scene(keys=("up", "space", "space")),
    "source": Scene((100, 28), keys=("up", "enter", "f")),
    "why": Scene((100, 30), keys=("up", "w")),
    "documents": Scene((100, 28), keys=("ctrl+b", "down", "t")),
    "conversations": Scene((100, 28), keys=("ctrl+n", "ctrl+t", "down")),
    "export": Scene((100, 28), keys=("ctrl+s",)),
    "palette": Scene((100, 28), keys=("up", "ctrl+p", "c", "o", "p", "y")),
    "help": Scene((100, 32), keys=("up", "question_mark")),
    "jump": Scene(keys=("ctrl+o",)),
    "narrow": Scene((40, 15), keys=("up",)),
    "ansi": Scene((100, 28), theme="ansi-dark"),
}


def main(folder: Path, names: Sequence[str]) -> None:
    """Draw every scene, or those named, into a folder as SVG."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        settings = replace(
            load_settings(), corpus=bundled_corpus(), index=Path(made) / "seeds.index",
            file=Path(made) / "config.toml",
        )  # fmt: skip
        build_index(bundled_corpus(), settings.index, settings=settings)
        engine = Engine(settings)
        for name in names or SCENES:
            own = replace(settings, data_dir=Path(made) / name)
            (folder / f"{name}.svg").write_text(draw(SCENES[name], own, engine), "utf-8")
        engine.close()


def draw(scene: Scene, settings: Settings, engine: Engine) -> str:
    """Return one scene as SVG, without anything that would be fetched."""

    async def run() -> str:
        chosen = f'theme = "{scene.theme}"\n'
        settings.data_dir.mkdir(exist_ok=True)
        (settings.data_dir / "terminal.toml").write_text(chosen, "utf-8")
        app = QuothApp(replace(settings, file=settings.data_dir / "config.toml"), engine)
        async with app.run_test(size=scene.size) as pilot:
            await _until_open(pilot)
            for question in scene.asked:
                await app.main.ask(question)
                await _settle(pilot)
            for key in scene.keys:
                await pilot.press(key)
                await _settle(pilot)
            picture = app.export_screenshot(title="quoth")
        app.keeper.close()
        return picture

    picture = _FONT.sub("", asyncio.run(run()))
    return picture.replace("Fira Code", "ui-monospace, SFMono-Regular, Menlo, Consolas")


async def _until_open(pilot: Pilot[int]) -> None:
    app = pilot.app
    while isinstance(app, QuothApp) and app.facts is None:
        await pilot.pause(0.05)
    await _settle(pilot)


async def _settle(pilot: Pilot[int]) -> None:
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause(0.15)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screenshots"), sys.argv[2:])
