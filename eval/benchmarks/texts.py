"""Real text that is on the machine already, as files of even length.

First the manual pages; where they do not suffice, what else packages bring that people have
written: their documentation, and source files with their comments.
"""

from __future__ import annotations

import gzip
import random
import re
import sysconfig
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from retrieval.errors import CorpusError

PAGES = Path("/usr/share/man")
FURTHER = (
    Path("/usr/share/doc"), Path("/usr/include"), Path(sysconfig.get_path("stdlib")),
    Path(sysconfig.get_path("purelib")),
)  # fmt: skip
_WRITTEN = frozenset({".txt", ".rst", ".md", ".py", ".pyi", ".h", ".hpp"})
_LENGTH = 4_000
"""Characters of a file: about ten passages."""
_LONGEST = 4
"""Times as long, a paragraph is a table of a program's and nothing that people read."""
_SEED = 3
_ESCAPES = re.compile(r"\\f(?:\[[^\]]*\]|\(..|.)|\\s[-+]?\d|\\[&|/,^)%:]|\\\*\(?..?|\\\(..")
_SPELLED = {r"\-": "-", r"\e": "\\", r"\(aq": "'", r"\(lq": "“", r"\(rq": "”", r"\ ": " "}
_HEADINGS = frozenset({"SH", "SS", "Sh", "Ss"})
_BREAKS = frozenset({"PP", "P", "LP", "TP", "IP", "Pp", "HP", "sp", "It", "TQ"})
_WORDS = frozenset("B I BR RB IR RI BI IB Nm Fl Ar Xr Pa Cm Dv Va Fn Em Sy Nd Li".split())


def write_files(
    folder: Path, count: int, pages: Path = PAGES, further: Sequence[Path] = FURTHER
) -> int:
    """Write up to ``count`` files of text into ``folder``; return how many there are.

    Raises:
        CorpusError: none of the folders holds text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for number, text in enumerate(islice(pieces(pages, further), count)):
        (folder / f"{number // 1000:03d}").mkdir(exist_ok=True)
        (folder / f"{number // 1000:03d}" / f"{number:06d}.txt").write_text(text, "utf-8")
        written += 1
    if not written:
        raise CorpusError(f"There is no text in {pages} and further folders.", "Name others.")
    return written


def pieces(
    pages: Path = PAGES, further: Sequence[Path] = FURTHER, length: int = _LENGTH
) -> Iterator[str]:
    """Yield text of the manual pages, then of the other folders, in pieces of whole paragraphs.

    Args:
        pages: a folder of compressed manual pages.
        further: folders of other text.
        length: the least characters of a piece; what is left of a text is not yielded.
    """
    for text in chain(_manual(pages), _files(further)):
        piece: list[str] = []
        size = 0
        for paragraph in text.split("\n\n"):
            piece.append(paragraph)
            size += len(paragraph)
            if size >= length:
                if size <= _LONGEST * length:
                    yield "\n\n".join(piece)
                piece, size = [], 0


def _manual(pages: Path) -> Iterator[str]:
    files = sorted(p for p in pages.glob("man*/*.gz") if p.is_file() and not p.is_symlink())
    random.Random(_SEED).shuffle(files)
    for path in files:
        yield plain(gzip.decompress(path.read_bytes()).decode("utf-8", "replace"))


def _files(folders: Sequence[Path]) -> Iterator[str]:
    for path in dict.fromkeys(path for folder in folders for path in sorted(folder.rglob("*"))):
        if path.suffix in _WRITTEN and path.is_file() and not path.is_symlink():
            yield path.read_bytes().decode("utf-8", "replace")


def plain(raw: str) -> str:
    """Return the text of a manual page, roughly: headings and paragraphs without markup."""
    paragraphs: list[str] = []
    words: list[str] = []
    for line in [*raw.split("\n"), ".PP"]:
        name, argument = _macro(line)
        if name in _HEADINGS or name in _BREAKS or not line.strip():
            paragraphs.append(" ".join(words))
            words = []
        if name in _HEADINGS:
            paragraphs.append(argument)
        elif name in _WORDS:
            words.append(argument)
        elif name is None and line.strip():
            words.append(line.strip())
    text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph.strip())
    for escape, character in _SPELLED.items():
        text = text.replace(escape, character)
    return _ESCAPES.sub("", text)


def _macro(line: str) -> tuple[str | None, str]:
    """Return a line's request and what it is given; None where it is text."""
    if not line.startswith((".", "'")):
        return None, ""
    name, _, argument = line[1:].strip().partition(" ")
    return name, argument.replace('"', "").strip()
