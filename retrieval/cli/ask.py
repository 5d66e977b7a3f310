"""``quoth ask``: answer one question."""

from __future__ import annotations

import argparse
import sys
import time

from ..errors import EXIT_NOT_FOUND, EXIT_OK
from ..printable import printable
from ..records import Answer
from ..settings import Settings
from ..timing import Stopwatch
from . import common, render

HELP = "answer one question"
DESCRIPTION = """\
Answer a question with the very words of the documents, each with its file, lines
and a mark that says whether the file still holds them. The folder's index is
made or refreshed first where needed."""
EXAMPLES = """\
examples:
  quoth ask "Who led the inquiry?"                       the sample corpus
  quoth ask "Who led it?" --corpus my-folder
  quoth ask "When was it published?" --after "Who wrote the report on Operation Linden?"
  quoth ask 'What is "gross misconduct"?'                a phrase that must be there
  quoth ask "Who led it?" --json | jq '.evidence[0].citations'
  quoth ask "Who led it?" --profile                      where the time goes
exit status: 0 answered or uncertain, 1 not found."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("question", metavar="QUESTION", help="the question, in quotation marks")
    parser.add_argument(
        "--after", metavar="QUESTION", action="append", default=[],
        help="an earlier question of the conversation, oldest first; may be repeated",
    )  # fmt: skip
    parser.add_argument("--k", metavar="N", type=positive, help="how many quotes at most")
    common.add_filter_arguments(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="write the answer as JSON")
    form.add_argument("--markdown", action="store_true", help="write the answer as Markdown")
    parser.add_argument(
        "--no-timings", action="store_true",
        help="leave times out of the JSON, so that two runs give the same bytes",
    )  # fmt: skip
    parser.add_argument(
        "--profile", action="store_true", help="write to stderr where the time went"
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Answer and return the exit status."""
    where = common.where_from(args)
    from ..query import parse_query

    parse_query(args.question, settings.max_question_chars)  # before anything is opened
    begun, watch = time.process_time(), Stopwatch()
    with watch("open"):
        retriever = common.open_retriever(settings)
    with retriever:
        answer = retriever.ask(args.question, history=args.after, where=where, k=args.k)
    with watch("print"):
        show(answer, args, settings)
    if args.profile:
        sys.stderr.write(render.profile(begun * 1000, watch.milliseconds(), answer.timings))
    return exit_code(answer)


def show(answer: Answer, args: argparse.Namespace, settings: Settings) -> None:
    """Write an answer in the form that was asked for."""
    if args.json:
        common.write_json(answer.to_dict(timings=not args.no_timings))
    elif args.markdown:
        common.write(render.answer_markdown(answer))
    else:
        terminal = sys.stdout.isatty()
        text = render.answer_text(
            answer, printable if terminal else str, color=common.use_color(settings)
        )
        common.write_drawn(text)


def exit_code(answer: Answer) -> int:
    """Return the exit status that an answer stands for."""
    return EXIT_NOT_FOUND if answer.status == "not_found" else EXIT_OK


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 1")
    return number
