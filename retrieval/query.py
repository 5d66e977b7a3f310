"""Questions: what may be asked, and what is in one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import QuestionError

_PHRASE = re.compile('"([^"]*)"|[“„«]([^”“»„«]*)[”“»]')
_MOST_PHRASES = 100
"""Different ones in one question; each is a search of its own."""
_WORD = re.compile(r"\w+(?:[’'.-]\w+)*")

STOPWORDS = frozenset(
    """
    a about above after again against ago all also am an and any anybody anyone anything are
    as at be became because become been before being below between both but by can could d
    did do does doing done down during each either else ever every everybody everyone
    exactly few for from further get gets getting give given go goes got had has have having
    he her here hers herself him himself his how i if in into is it its itself just know let
    like ll made make many may me might mine more most much must my myself neither no nor
    not nothing now of off often on once one only or other our ours ourselves out over own
    please re s said same say says shall she should since so some somebody someone something
    still such t take tell than that the their theirs them themselves then there these they
    thing things this those though through to too under until up upon us use used using ve
    very was we went were what when where whether which while who whom whose why will with
    within without would yes yet you your yours yourself
    """.split()
)
"""English function words and the words that only make a question of a sentence."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question, read."""

    text: str
    """As it was asked."""
    phrases: tuple[str, ...]
    """Words in double quotation marks: a passage must hold them in a row."""
    words: tuple[str, ...]
    """Every word in order, case kept."""

    @property
    def content_words(self) -> tuple[str, ...]:
        """The words that carry meaning, once each, case-folded, in order."""
        folded = (word.casefold().removesuffix("’s").removesuffix("'s") for word in self.words)
        return tuple(dict.fromkeys(word for word in folded if word not in STOPWORDS))


def check_text(text: str, max_chars: int) -> None:
    """Refuse what cannot be searched for.

    Raises:
        QuestionError: it is longer than ``max_chars``, or holds what is no text.
    """
    if len(text) > max_chars:
        raise QuestionError(
            f"The question is {len(text):,} characters long; the limit is {max_chars:,}.",
            "Ask a shorter question, or raise max_question_chars in the settings.",
        )
    if "\x00" in text:
        raise QuestionError("The question holds a NUL character.", "Ask with text only.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise QuestionError("The question is not valid Unicode.", "Check the terminal's encoding.")


def parse_query(text: str, max_chars: int) -> Query:
    """Read a question.

    Raises:
        QuestionError: it is empty, longer than ``max_chars``, or holds what is no text.
    """
    check_text(text, max_chars)
    query = read_query(text)
    if not query.words:
        raise QuestionError(
            "The question is empty.", "Ask something, for example: who led the inquiry?"
        )
    if len(query.phrases) > _MOST_PHRASES:
        raise QuestionError(
            f"The question holds {len(query.phrases):,} phrases in quotation marks; "
            f"the limit is {_MOST_PHRASES}.",
            "A passage must hold every one of them: quote fewer.",
        )
    return query


def read_query(text: str) -> Query:
    """Read any text as a question, whatever it holds."""
    words = tuple(_WORD.findall(text))
    found = (first or second for first, second in _PHRASE.findall(text))
    phrases = dict.fromkeys(phrase.strip() for phrase in found if _WORD.search(phrase))
    return Query(text, tuple(phrases), words)
