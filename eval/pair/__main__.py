"""Teach the pair encoder: ``python -m eval.pair --output FILE --beir SET ...``.

Takes the clusters of questions that come with it, and the data sets named, searches their
texts with quoth, teaches all-MiniLM-L6-v2 to tell right sentences from wrong ones and from
none, and writes what quoth runs. About an hour on two cores.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from retrieval import Retriever, load_settings
from retrieval.encoder.models import bundled_folder
from retrieval.encoder.pair import TOKENIZER_FILE, marks_of
from retrieval.settings import Settings

from ..cli.sources import Source, opened
from .lessons import Lesson, from_clusters, from_set, write_clusters

_CLUSTERS = Path(__file__).parent / "clusters"


def main(argv: Sequence[str] | None = None) -> int:
    """Collect the lessons, learn, and write the model."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m eval.pair")
    parser.add_argument("--output", type=Path, required=True, help="the model to write")
    parser.add_argument(
        "--beir", type=Path, action="append", default=[], metavar="SET",
        help="a data set in BEIR's layout; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--leave-out", action="append", default=[], metavar="GROUP",
        help="an article, conversation or cluster not to learn from; may be repeated",
    )  # fmt: skip
    parser.add_argument("--clusters", type=Path, default=_CLUSTERS, help="a folder of clusters")
    parser.add_argument("--rounds", type=int, default=2, help="times through all lessons (2)")
    parser.add_argument("--begin", type=Path, metavar="FILE", help="exact weights to go on from")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep the exact weights here")
    args = parser.parse_args(argv)
    settings = replace(load_settings(), pair=False)
    lessons = _lessons(args.clusters, args.beir, frozenset(args.leave_out), settings)
    _say(f"{len(lessons):,} lessons")
    _teach(lessons, args)
    return 0


def _lessons(
    clusters: Path, sets: Sequence[Path], left_out: frozenset[str], settings: Settings
) -> list[Lesson]:
    found: list[Lesson] = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "corpus"
        folder.mkdir()
        questions = write_clusters(sorted(clusters.glob("*.jsonl")), folder)
        own = replace(settings, data_dir=Path(made) / "data")
        with Retriever.for_corpus(folder, settings=own) as retriever:
            kept = [(among, q) for among, q in questions if q.group not in left_out]
            found += from_clusters(retriever, kept)
    for path in sets:
        with opened(Source(path, beir=True), settings) as (retriever, questions_of):
            chosen = [q for q in questions_of.questions if q.group not in left_out]
            found += from_set(retriever, chosen)
    return found


def _teach(lessons: Sequence[Lesson], args: argparse.Namespace) -> None:
    from safetensors.torch import load_file, save_file
    from tokenizers import Tokenizer

    from .exporting import export
    from .model import PairModel, Windows
    from .training import Plan, learn

    base = bundled_folder()
    tokenizer = Tokenizer.from_file(str(base / TOKENIZER_FILE))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    model = PairModel(base)
    if args.begin:
        model.load_state_dict(load_file(args.begin))
    windows = Windows(tokenizer, marks_of(tokenizer))
    kept = learn(model, windows, lessons, Plan(args.rounds), _tell)
    model.load_state_dict(kept, strict=False)
    if args.keep:
        save_file(model.state_dict(), args.keep)
    export(model, args.output)


def _tell(step: int, steps: int, loss: float) -> None:
    if step % 50 == 0 or step == steps:
        _say(f"step {step:,} of {steps:,}, loss {loss:.3f}")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
