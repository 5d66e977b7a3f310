"""``quoth chat``: a conversation; without a terminal, questions from stdin."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import EXIT_OK, QuestionError, UsageError
from ..printable import printable_line
from ..settings import Settings
from . import ask, common

if TYPE_CHECKING:
    from ..conversation import Conversation

HELP = "ask questions in a conversation (the default)"
DESCRIPTION = """\
Ask one question after the other; each is understood with the ones before it.
With no terminal on stdin, questions are read from it, one a line, and answers are
written to stdout (with --json one JSON object a line)."""
EXAMPLES = """\
examples:
  quoth                                       the sample corpus
  quoth chat my-folder
  printf 'Who led it?\\nWhen?\\n' | quoth chat my-folder --json"""

TERMINAL_UI = "quoth.terminal_ui"
"""Entry-point group: a room that draws the conversation in a terminal."""

_PROMPT = "\n? "
_HELP = """\
Type a question and press Enter. /new starts a new conversation, /drop asks the
last question again without the earlier ones, /quit (or Ctrl-D) ends."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", type=Path, help="the folder of documents"
    )
    parser.add_argument("--k", metavar="N", type=ask.positive, help="how many quotes at most")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="write answers as JSON lines")
    form.add_argument("--markdown", action="store_true", help="write answers as Markdown")
    parser.add_argument("--no-timings", action="store_true", help="leave times out of the JSON")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Hold the conversation."""
    if args.folder is not None:
        if args.corpus is not None:
            raise UsageError("Two folders are named.", "Give the folder once: quoth chat FOLDER")
        from dataclasses import replace

        settings = replace(settings, corpus=args.folder)
    if sys.stdin.isatty() and sys.stdout.isatty() and not (args.json or args.markdown):
        for point in entry_points(group=TERMINAL_UI):
            draw: Callable[[Settings], int] = point.load()
            return draw(settings)
        return _converse(args, settings, _typed())
    return _converse(args, settings, _lines())


def _converse(args: argparse.Namespace, settings: Settings, questions: Iterable[str]) -> int:
    worst = EXIT_OK
    with common.open_retriever(settings) as retriever:
        _greet(retriever.info.documents, retriever.info.corpus)
        conversation = retriever.conversation()
        for question in questions:
            if question == "/new":
                conversation = retriever.conversation()
                continue
            if question == "/drop" and conversation.history:
                question, conversation = conversation.history[-1], retriever.conversation()
            worst = max(worst, _answer(question, conversation, args, settings))
    return worst


def _answer(
    question: str, conversation: Conversation, args: argparse.Namespace, settings: Settings
) -> int:
    """Answer one question; one that cannot be asked does not end the conversation."""
    try:
        answer = conversation.ask(question, k=args.k)
    except QuestionError as error:
        sys.stderr.write(f"quoth: {printable_line(error.message)}\n  {error.hint}\n")
        return error.exit_code
    if args.json:
        common.write_json(answer.to_dict(timings=not args.no_timings), indent=None)
        return EXIT_OK
    if not sys.stdin.isatty() and not args.markdown:
        common.write(f"? {printable_line(question)}\n\n")
    ask.show(answer, args, settings)
    common.write("\n")
    return EXIT_OK


def _greet(documents: int, corpus: Path) -> None:
    if sys.stdin.isatty():
        sys.stderr.write(f"{documents} documents in {printable_line(str(corpus))}.\n{_HELP}\n")


def _typed() -> Iterator[str]:
    """Yield what is typed at a prompt until the end of input."""
    try:
        import readline  # noqa: F401  (makes input() editable, with a history)
    except ImportError:
        pass
    while True:
        try:
            line = input(_PROMPT)
        except EOFError:
            sys.stdout.write("\n")
            return
        if line.strip() in ("/quit", "/exit", "/q"):
            return
        if line.strip() in ("/help", "/?"):
            sys.stdout.write(_HELP + "\n")
        elif line.strip():
            yield line.strip()


def _lines() -> Iterator[str]:
    """Yield the lines of stdin that hold a question."""
    reconfigure = getattr(sys.stdin, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="surrogateescape")
    for line in sys.stdin:
        if line.strip():
            yield line.strip()
