"""``quoth verify``: check the quotations in a draft, or a saved answer."""

from __future__ import annotations

import argparse
import hashlib
import sys
from dataclasses import replace
from pathlib import Path

from ..errors import EXIT_NOT_FOUND, EXIT_OK, VerificationInputError
from ..reading import NotTextError, decode
from ..settings import Settings
from ..verification.answers import is_answers, read_answers
from ..verification.matching import look_up
from ..verification.quotations import find_quotations
from ..verification.rendering import to_markdown, to_text
from ..verification.report import Report, answers_report, draft_report
from ..verification.saved import check_saved
from ..verification.transcripts import NOTICE, read_transcript, transcript_form
from . import common

HELP = "check the quotations in a draft, or a saved answer"
DESCRIPTION = """\
Look up every quotation of a draft (text or Markdown) in a folder of documents
and say whether its words stand there exactly. A saved answer (JSON) is checked
citation by citation against the files as they are now. Needs no index and no
model."""
EXAMPLES = """\
examples:
  quoth verify draft.md --corpus my-folder
  quoth verify answer.json --corpus my-folder    saved with: quoth ask ... --json
  pbpaste | quoth verify -                       from the clipboard (macOS)
  quoth verify chapters/*.md --json | jq '.[] | select(.passed | not) | .file'
exit status: 0 every quotation holds, 1 one is changed, absent or missing,
2 a file cannot be read."""

_STDIN = "-"
_ITSELF = "The draft itself is among the documents; it was not searched."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument(
        "file", metavar="FILE", nargs="+",
        help="a draft, or answers saved as JSON; - for standard input",
    )  # fmt: skip
    parser.add_argument(
        "--min-words", metavar="N", type=int, default=3,
        help="quotations with fewer words are listed and not looked up (3)",
    )  # fmt: skip
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="write JSON; an array for several files")
    form.add_argument("--markdown", action="store_true", help="write Markdown")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Verify every file and return the exit status.

    Raises:
        VerificationInputError: a file cannot be read as what it claims to be.
        CorpusError: the folder of documents cannot be read.
    """
    # Read first: a mistyped name shows before a large folder is read.
    files = [(name, *_read(name)) for name in args.file]
    folder = common.documents_for(args, settings)
    reports = [_report(name, data, text, folder, args.min_words) for name, data, text in files]
    if args.json:
        shown = [report.to_dict() for report in reports]
        common.write_json(shown if len(shown) > 1 else shown[0])
    else:
        _show(reports, markdown=args.markdown)
    return EXIT_OK if all(report.passed for report in reports) else EXIT_NOT_FOUND


def _report(
    name: str, data: bytes, text: str, folder: common.DocumentFolder, min_words: int
) -> Report:
    """Verify one file."""
    form = transcript_form(text)
    if form or is_answers(name, text):
        saved = read_transcript(text, name, form) if form else read_answers(text, name)
        checks = check_saved(saved, folder.load, folder.documents, folder.skipped)
        report = answers_report(name, checks, len(folder.documents), folder.skipped)
        return replace(report, notices=(*report.notices, NOTICE)) if form else report
    # A draft kept among the documents would prove itself.
    sha256 = hashlib.sha256(data).hexdigest()
    documents = [document for document in folder.documents if document.sha256 != sha256]
    notices = [_ITSELF] if len(documents) < len(folder.documents) else []
    findings = look_up(find_quotations(text), documents, min_words=min_words, draft=text)
    return draft_report(name, findings, len(documents), folder.skipped, notices)


def _show(reports: list[Report], *, markdown: bool) -> None:
    terminal = sys.stdout.isatty()
    shown = [to_markdown(r) if markdown else to_text(r, terminal=terminal) for r in reports]
    common.write("\n".join(shown))


def _read(name: str) -> tuple[bytes, str]:
    """Return the bytes and the text of a file, or of standard input.

    Raises:
        VerificationInputError: it cannot be read, or is not text.
    """
    try:
        data = sys.stdin.buffer.read() if name == _STDIN else Path(name).read_bytes()
    except FileNotFoundError:
        raise VerificationInputError(f"There is no file {name}.", "Check the spelling.") from None
    except IsADirectoryError:
        raise VerificationInputError(
            f"{name} is a folder.", "Name the files in it; documents go after --corpus."
        ) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise VerificationInputError(f"{name} cannot be read: {reason}.") from None
    try:
        return data, _decoded(data)
    except NotTextError as error:
        raise VerificationInputError(
            f"{name} cannot be read as text: {error}.", "Save the draft as text or Markdown."
        ) from None


def _decoded(data: bytes) -> str:
    return decode(data)[0]
