"""Read quoth's own transcripts: every quote with the citations that stand below it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from retrieval.errors import VerificationInputError
from retrieval.transcripts import (
    DIFFERS,
    FIRST_LINE,
    NEAR,
    NUMBER,
    QUESTION,
    TranscriptForm,
    read_citation,
    read_quote,
)
from retrieval.verification.answers import Role, SavedCitation, leaves

NOTICE = (
    "This is a transcript of quoth: its quotes were checked where their citations say; "
    "what else stands in it was not looked up."
)
_HINT = "Save the conversation again with: quoth export"


def transcript_form(text: str) -> TranscriptForm | None:
    """Say in which form a file is a transcript; None where it is something else."""
    first = text.removeprefix("\ufeff").split("\n", 1)[0].rstrip()
    for form, line in FIRST_LINE.items():
        if first == line:
            return form
    return None


def read_transcript(text: str, name: str, form: TranscriptForm) -> tuple[SavedCitation, ...]:
    """Return every citation in a transcript, in order, each with the quote above it.

    Raises:
        VerificationInputError: a quote has no citation, or a citation no quote.
    """
    reader = _Reader(text.replace("\r\n", "\n").split("\n"), name, form)
    return tuple(reader.citations())


@dataclass(slots=True)
class _Reader:
    """Goes through the lines once."""

    lines: list[str]
    name: str
    form: TranscriptForm
    question: int = 0
    number: int = 0
    role: Role = "evidence"

    def citations(self) -> Iterator[SavedCitation]:
        """Yield the citations of each quote."""
        at = 1
        while at < len(self.lines):
            found = read_quote(self.lines, at, self.form)
            if found is not None:
                quote, after = found
                at = yield from self._cited(quote, at, after)
                continue
            line = self.lines[at]
            if read_citation(line, self.form):
                raise self._wrong(at, "this citation stands below no quote")
            self._follow(line)
            at += 1

    def _cited(self, quote: str, start: int, at: int) -> Generator[SavedCitation, None, int]:
        """Yield the citations below a quote and return the line after them."""
        first = at
        while at < len(self.lines):
            line = self.lines[at]
            place = read_citation(line, self.form)
            if place is None and line.strip():
                break
            if place is not None:
                if leaves(place[0]):
                    raise self._wrong(at, "the path leads out of the corpus")
                yield SavedCitation(
                    max(1, self.question), max(1, self.number), self.role, quote, *place, drawn=True
                )
                first = -1
            at += 1
        if first >= 0:
            raise self._wrong(start, "this quote has no citation below it")
        return at

    def _follow(self, line: str) -> None:
        """Note which question, evidence or kind of quote comes next."""
        if asked := QUESTION[self.form].match(line):
            self.question, self.number, self.role = int(asked[1]), 0, "evidence"
        elif found := NUMBER[self.form].fullmatch(line):
            self.number, self.role = int(found[1]), "evidence"
        elif line.strip("*") == NEAR:
            self.role = "near"
        elif line.strip("*") == DIFFERS:
            self.role = "differs"

    def _wrong(self, at: int, what: str) -> VerificationInputError:
        return VerificationInputError(f"{self.name}, line {at + 1}: {what}.", _HINT)
