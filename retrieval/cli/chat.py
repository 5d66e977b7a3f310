"""``quoth chat``: a conversation; without a terminal, questions from stdin."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import EXIT_OK, QuestionError, UsageError
from ..printable import printable_line
from ..settings import Settings
from . import ask, common
from .keeping import Keeping
from .rooms import rooms

if TYPE_CHECKING:
    from ..conversation import Conversation

HELP = "ask questions in a conversation (the default)"
DESCRIPTION = """\
Ask one question after the other; each is understood with the ones before it.
With no terminal on stdin, questions are read from it, one a line, and answers are
written to stdout (with --json one JSON object a line).

What is asked at a terminal is saved after each answer, readable by you alone, for
`quoth sessions` and `quoth export`. What is read from a file or a pipe is not."""
EXAMPLES = """\
examples:
  quoth                                       the sample corpus
  quoth chat my-folder
  quoth chat my-folder --lines                a plain prompt, as for a screen reader
  quoth chat my-folder --web                  in the browser, on this machine only
  quoth chat my-folder --no-save              nothing is left behind
  printf 'Who led it?\\nWhen?\\n' | quoth chat my-folder --json"""

TERMINAL_UI = "quoth.terminal_ui"
"""Entry-point group: a room that draws the conversation in a terminal."""
WEB_UI = "quoth.web_ui"
"""Entry-point group: a room that serves it to browsers."""

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
    parser.add_argument("--no-save", action="store_true", help="do not keep the conversation")
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--lines", action="store_true", help="type at a plain prompt, without the terminal UI"
    )
    place.add_argument(
        "--web", action="store_true",
        help="serve the terminal UI to a browser on this machine; the address holds a secret",
    )  # fmt: skip
    parser.add_argument(
        "--port", metavar="N", type=_port, default=0, help="for --web (one that is free)"
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Hold the conversation."""
    if args.folder is not None:
        if args.corpus is not None:
            raise UsageError("Two folders are named.", "Give the folder once: quoth chat FOLDER")
        settings = replace(settings, corpus=args.folder)
    settings = replace(settings, k=args.k or settings.k, save=settings.save and not args.no_save)
    if args.web:
        return _served(args, settings)
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or args.json or args.markdown:
        return _converse(args, settings, _lines())
    if not args.lines and os.environ.get("TERM") != "dumb":
        for draw in rooms(TERMINAL_UI):
            return draw(settings)
    return _converse(args, settings, _typed())


def _served(args: argparse.Namespace, settings: Settings) -> int:
    """Serve the terminal UI to browsers until it is stopped."""
    if args.json or args.markdown:
        raise UsageError("A browser shows neither JSON nor Markdown.", "Leave --web out.")
    from importlib.metadata import entry_points

    for point in entry_points(group=WEB_UI):
        serve: Callable[[Settings, int], int] = point.load()
        return serve(settings, args.port)
    raise UsageError("What serves browsers is not installed.", "Install quoth again.")


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 65_536
    if number > 65_535:
        raise argparse.ArgumentTypeError(f"{text} is no port from 0 to 65535")
    return number


def _converse(args: argparse.Namespace, settings: Settings, questions: Iterable[str]) -> int:
    worst = EXIT_OK
    with common.open_retriever(settings) as retriever:
        corpus = retriever.info.corpus
        _greet(retriever.info.documents, corpus)
        conversation = retriever.conversation()
        with Keeping(settings, corpus) as keeping:
            for question in questions:
                if question == "/new":
                    conversation = retriever.conversation()
                    keeping.start_anew()
                    continue
                again = question == "/drop" and bool(conversation.history)
                if again:
                    question, conversation = conversation.history[-1], retriever.conversation()
                worst = max(worst, _answer(question, conversation, args, settings))
                if conversation.answers:
                    keeping.keep(conversation.answers[-1], again=again)
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
