"""A document made ready to be compared with: folded once, cited quickly."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise

from retrieval import offsets
from retrieval.citing import section_of
from retrieval.records import Citation, Document
from retrieval.verification.folding import Folded, fold
from retrieval.verification.words import ATOM

_STEP = 1 << 16
"""Characters between two places whose byte offset is remembered."""
_CHUNK = 1 << 12
"""Characters, at least, that are taken apart at once to find where an atom starts."""
_BETWEEN = re.compile(r"\W")


class Source:
    """One document, its folded copy, and its words, lines and bytes counted once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._starts: dict[int, list[int]] = {}

    @cached_property
    def folded(self) -> Folded:
        """The document's text, folded."""
        return fold(self.document.text)

    @cached_property
    def lowered(self) -> str:
        """The folded text in lower case, of the same length."""
        return self.folded.lowered()

    def atoms(self) -> list[str]:
        """Return the lower-case atoms of the text in order; not kept, for it is long."""
        atoms: list[str] = []
        counts = [0]
        for start, end in pairwise(self._cuts):
            atoms += ATOM.findall(self.lowered, start, end)
            counts.append(len(atoms))
        self._counts = counts
        return atoms

    def atom_start(self, number: int) -> int:
        """Return where in the folded text an atom starts.

        Beyond the last atom that is the end of the text. Only the chunks that
        are asked for are taken apart again.
        """
        if number >= self._counts[-1]:
            return len(self.lowered)
        chunk = bisect_right(self._counts, max(0, number)) - 1
        starts = self._starts.get(chunk)
        if starts is None:
            found = ATOM.finditer(self.lowered, self._cuts[chunk], self._cuts[chunk + 1])
            starts = self._starts[chunk] = [atom.start() for atom in found]
        return starts[max(0, number) - self._counts[chunk]]

    @cached_property
    def _cuts(self) -> list[int]:
        """Where the lowered text can be cut into chunks without cutting an atom."""
        cuts, end = [0], len(self.lowered)
        while cuts[-1] < end:
            between = _BETWEEN.search(self.lowered, cuts[-1] + _CHUNK)
            cuts.append(between.start() if between else end)
        return cuts

    @cached_property
    def _counts(self) -> list[int]:
        """The number of the first atom of each chunk, and of all atoms."""
        counts = [0]
        for start, end in pairwise(self._cuts):
            counts.append(counts[-1] + sum(1 for _ in ATOM.finditer(self.lowered, start, end)))
        return counts

    @cached_property
    def _line_starts(self) -> list[int]:
        return offsets.line_starts(self.document.text)

    @cached_property
    def _byte_steps(self) -> list[int] | None:
        """The byte offset of every ``_STEP``-th character, without a byte order mark."""
        text, encoding = self.document.text, self.document.encoding
        steps = [0]
        for start in range(0, len(text) - _STEP, _STEP):
            piece = offsets.byte_range(text[start : start + _STEP], encoding, 0, _STEP)
            if piece is None:
                return None
            steps.append(steps[-1] + piece[1] - piece[0])
        return steps

    def citation(self, start: int, end: int) -> Citation:
        """Return the citation of ``document.text[start:end]``."""
        document = self.document
        last = max(start, end - 1)
        first_byte, last_byte = self._bytes(start, end) or (None, None)
        return Citation(
            path=document.path,
            title=document.title,
            start=start,
            end=end,
            line_start=bisect_right(self._line_starts, start),
            line_end=bisect_right(self._line_starts, last),
            page=offsets.page_of(document.pages, start),
            section=section_of(document, start),
            sha256=document.sha256,
            state="verified",
            byte_start=first_byte,
            byte_end=last_byte,
        )

    def _bytes(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the byte range, counting only from the nearest remembered place."""
        document, steps = self.document, self._byte_steps
        if steps is None or document.pages:
            return None
        step = min(start // _STEP, len(steps) - 1)
        base = step * _STEP
        found = offsets.byte_range(
            document.text[base:end], document.encoding, start - base, end - base
        )
        return found and (steps[step] + found[0], steps[step] + found[1])


def prepare(documents: Iterable[Document]) -> list[Source]:
    """Return ``documents`` as sources, by path."""
    return [Source(document) for document in sorted(documents, key=lambda d: d.path)]
