"""``python -m tui.manual``: write the tables of keys into docs/tui.md, from the keymap."""

from __future__ import annotations

from pathlib import Path

from .keymap import REGIONS, of_region

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tui.md"
BEGIN, END = "<!-- generated: keys -->", "<!-- end of generated -->"
_WRITTEN = {
    "slash": "/", "question_mark": "?", "plus": "+", "minus": "-", "period": ".",
}  # fmt: skip


def tables() -> str:
    """Return a table for each region."""
    parts = []
    for region, heading in REGIONS.items():
        rows = [f"| {_keys(key.keys)} | {key.help} | `{key.id}` |" for key in of_region(region)]
        parts.append(f"### {heading}\n\n| Key | What it does | Name |\n| --- | --- | --- |\n" +
                     "\n".join(rows) + "\n")  # fmt: skip
    return "\n".join(parts)


def page(text: str) -> str:
    """Return the page with its generated part made anew."""
    head, rest = text.split(BEGIN)
    return head + BEGIN + "\n\n" + tables() + "\n" + END + rest.split(END)[1]


def _keys(keys: str) -> str:
    return ", ".join(f"`{_WRITTEN.get(name, name)}`" for name in keys.split(","))


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
