"""``quoth eval calibrate``: fit the confidence on question sets."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from retrieval.cli.common import write
from retrieval.confidence import load_calibration
from retrieval.errors import EXIT_OK, UsageError
from retrieval.settings import Settings

from .. import calibrating, running, weighing
from ..calibrating import SIGNALS, Example, Fitted, Options
from ..errors import Mistakes
from ..questions import json_lines
from ..reporting.table import Rows, as_text
from ..runfolder import write_lines, write_text
from ..weighing import Listed, Weighed
from .progress import Questions
from .sources import Source, opened, question_file

DESCRIPTION = """\
Fit the chance that the first quote of an answer is right, a logistic model of what the
search saw, and choose the thresholds of the three statuses. With --evidence, first fit
the weights by which the sentence to quote is chosen. Every figure printed as "after" is
from cross-validation: whole articles or conversations were kept out of the fit. Of sets
in quoth's own format only the half `tune` is used unless --split says otherwise."""
EXAMPLES = """\
examples:
  quoth eval calibrate                   what a fit on the shipped questions would change
  quoth eval calibrate --questions seeds --beir squad2 --beir mtrag-un --output calibration.json
  quoth eval calibrate --questions my-questions.jsonl --evidence --output calibration.json
  quoth eval calibrate --beir squad2 --save signals.jsonl      ask once ...
  quoth eval calibrate --load signals.jsonl --risk 0.1         ... and fit often

What is fitted on kept signals keeps the evidence's weights of the calibration in use
(the setting calibration)."""

_DEFAULTS = Options()


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``quoth eval calibrate``."""
    add = parser.add_argument
    add("--questions", metavar="FILE", action="append", default=[],
        help="a question set, or seeds or debian; may be repeated")  # fmt: skip
    add("--beir", metavar="FOLDER", action="append", default=[], type=Path,
        help="a data set in BEIR's layout; may be repeated")  # fmt: skip
    add("--split", choices=("tune", "test", "all"), default="tune",
        help="the half of each question set to fit on; BEIR data sets are used whole")  # fmt: skip
    add("--risk", type=float, default=_DEFAULTS.risk,
        help="the largest share of wrong answers among those given")  # fmt: skip
    add("--lost", type=float, default=_DEFAULTS.lost,
        help="the share of right first quotes that may be called not_found")  # fmt: skip
    add(
        "--signals",
        metavar="NAMES",
        help=f"signals to use, commas between: {','.join(SIGNALS)}",
    )
    add("--strength", type=float, default=_DEFAULTS.strength,
        help="inverse of the penalty on large weights")  # fmt: skip
    add("--folds", type=int, default=_DEFAULTS.folds, help="parts for cross-validation")
    add("--evidence", action="store_true", help="fit the weights of the evidence as well")
    add("--output", metavar="FILE", type=Path, help="write the calibration here")
    add("--save", metavar="FILE", type=Path, help="keep the signals of every question")
    add(
        "--load",
        metavar="FILE",
        type=Path,
        help="fit on signals that --save kept; nothing is asked",
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Collect signals, fit, print before and after, and write the result.

    Raises:
        QuothError: a set or an option cannot be used.
    """
    options = _options(args)
    now = load_calibration(settings.calibration, pair=settings.paired)
    weighed: Weighed | None = None
    if args.load is not None:
        examples, data = _load(args.load), [{"signals": str(args.load)}]
    else:
        sources = _sources(args)
        if args.evidence:
            lists = _lists(args, settings, sources)
            weighed = weighing.fit(lists, now.evidence, args.strength, args.folds)
            write("The sentence to quote:\n" + as_text(_table(weighed)) + "\n\n")
            weights = dict(weighed.weights)
            if not settings.paired:
                del weights["pair"]  # by which a calibration tells that nothing read
            now = replace(now, evidence=weights)
        examples, data = _collect(args, settings, sources, now.evidence)
        now = replace(now, model=data[0]["model"])
    if args.save is not None:
        write_lines(args.save, (asdict(example) for example in examples))
    fitted = calibrating.fit(examples, now, options)
    write("The confidence:\n" + as_text(_table(fitted)) + "\n\n")
    provenance = dict(_provenance(fitted, weighed, examples, args, data))
    if args.load is not None and settings.calibration is not None:
        earlier = json.loads(settings.calibration.read_text("utf-8"))
        provenance["evidence and signals"] = earlier.get("provenance")
    values = {**asdict(fitted.calibration), "provenance": provenance}
    if args.output is None:
        write(json.dumps({name: v for name, v in values.items() if name != "provenance"}, indent=2))
        write("\n\nNothing was written; --output names a file for it.\n")
    else:
        write_text(args.output, json.dumps(values, indent=2) + "\n")
        write(f"Wrote {args.output}\n")
    return EXIT_OK


def _options(args: argparse.Namespace) -> Options:
    signals = tuple(args.signals.split(",")) if args.signals else SIGNALS
    unknown = [name for name in signals if name not in SIGNALS]
    if unknown:
        raise UsageError(f"There is no signal {unknown[0]}.", f"Signals: {', '.join(SIGNALS)}.")
    if not (0 <= args.risk <= 1 and 0 <= args.lost <= 1 and args.strength > 0 and args.folds > 1):
        raise UsageError(
            "A share is 0 to 1, the strength above 0, and there are at least 2 folds.",
            "Check them.",
        )
    if args.evidence and args.load is not None:
        raise UsageError(
            "Kept signals hold no sentences to weigh.", "Leave out --load or --evidence."
        )
    return Options(signals, args.strength, args.folds, args.risk, args.lost)


def _sources(args: argparse.Namespace) -> list[Source]:
    named = args.questions or ([] if args.beir else ["seeds"])
    return [*map(question_file, named), *(Source(path, beir=True) for path in args.beir)]


def _lists(args: argparse.Namespace, settings: Settings, sources: list[Source]) -> list[Listed]:
    found: list[Listed] = []
    for source in sources:
        with opened(source, settings) as (retriever, questions):
            chosen = running.chosen(questions, _split(args, source), ())
            found += weighing.collect(retriever, chosen, Questions(questions.name))
    return found


def _collect(
    args: argparse.Namespace,
    settings: Settings,
    sources: list[Source],
    evidence: Mapping[str, float],
) -> tuple[list[Example], list[dict[str, Any]]]:
    examples: list[Example] = []
    data: list[dict[str, Any]] = []
    for source in sources:
        with opened(source, settings) as (retriever, questions):
            retriever.engine.weights = evidence
            split = _split(args, source)
            chosen = running.chosen(questions, split, ())
            examples += calibrating.collect(retriever, chosen, Questions(questions.name))
            data.append(
                {"name": questions.name, "split": split, "questions": len(chosen.questions),
                 "sha256": chosen.sha256, "index": retriever.info.fingerprint,
                 "model": retriever.info.encoder.name}
            )  # fmt: skip
    return examples, data


def _split(args: argparse.Namespace, source: Source) -> str:
    return "all" if source.beir else str(args.split)


def _load(path: Path) -> list[Example]:
    mistakes = Mistakes(path)
    found = []
    for number, value in json_lines(path, mistakes):
        try:
            found.append(Example(**value))
        except TypeError:
            mistakes.add(number, "not a line that --save wrote")
            continue
        if set(found[-1].signals) != set(SIGNALS):
            mistakes.add(number, "signals of another version of quoth")
    mistakes.refuse("Collect the signals again, with --save.")
    return found


def _table(fitted: Fitted | Weighed) -> Rows:
    rows = [["set", "", *next(iter(fitted.after.values()))]]
    for source, after in fitted.after.items():
        for title, values in (("before", fitted.before[source]), ("after", after)):
            numbers = (f"{values[name]:.3f}" if name in values else "–" for name in rows[0][2:])
            rows.append([source, title, *numbers])
    return rows


def _provenance(
    fitted: Fitted,
    weighed: Weighed | None,
    examples: list[Example],
    args: argparse.Namespace,
    data: list[dict[str, Any]],
) -> Iterator[tuple[str, Any]]:
    yield "command", shlex.join(args.words)
    yield "date", datetime.now(UTC).isoformat(timespec="seconds")
    yield "machine", running.machine()
    yield "code", running.code_version()
    yield "fitted", "the chance that the first quote shows a gold place"
    yield "data", data
    yield "questions", len(examples)
    yield "folds", args.folds
    yield "groups", len({(example.source, example.group) for example in examples})
    if weighed is not None:
        yield "evidence before", weighed.before
        yield "evidence after, cross-validated", weighed.after
    yield "before", fitted.before
    yield "after, cross-validated", fitted.after
