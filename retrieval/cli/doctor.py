"""``quoth doctor``: every check, with the command that mends what it finds."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import EXIT_DAMAGED, EXIT_OK, QuothError
from ..printable import printable_line
from ..settings import Settings
from . import common

if TYPE_CHECKING:
    from ..store import Snapshot

HELP = "check the installation, saved conversations and the index"
DESCRIPTION = """\
Check the installation, the model, the folders quoth writes to, the saved
conversations and the index, at full depth. For each problem the command that
mends it is shown."""
EXAMPLES = """\
examples:
  quoth doctor
  quoth doctor --corpus my-folder
  quoth doctor --index my.index --repair      derive everything anew from the catalog
exit status: 0 all is well, 3 something is damaged, 2 something else is wrong."""

_PACKAGES = (
    "numpy",
    "faiss-cpu",
    "tantivy",
    "onnxruntime",
    "tokenizers",
    "sentence-transformers",
    "textual",
)
_MARKS = {"ok": "✓", "note": "·", "problem": "✗", "damage": "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    state: Literal["ok", "note", "problem", "damage"]
    text: str
    mend: str = ""

    def to_dict(self) -> dict[str, str]:
        """As JSON."""
        return {"check": self.check, "state": self.state, "text": self.text, "mend": self.mend}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--json", action="store_true", help="write JSON")
    parser.add_argument(
        "--repair", action="store_true", help="derive vector and word indexes anew from the catalog"
    )


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Check everything and return the worst finding's exit status."""
    findings: list[Finding] = []
    for check in (_python, _packages, _folders, _model, _sessions):
        findings += _guarded(check, settings)
    if args.repair:
        findings += _guarded(_repair, settings)
    findings += _guarded(_index, settings)
    if args.json:
        common.write_json([finding.to_dict() for finding in findings])
    else:
        common.write("".join(_line(finding) for finding in findings))
    states = {finding.state for finding in findings}
    if "damage" in states:
        return EXIT_DAMAGED
    return QuothError.exit_code if "problem" in states else EXIT_OK


def _guarded(check: Callable[[Settings], Iterator[Finding]], settings: Settings) -> list[Finding]:
    """Run a check to its end; an error it meets is a finding."""
    findings: list[Finding] = []
    try:
        findings.extend(check(settings))
    except QuothError as error:
        state: Literal["damage", "problem"] = (
            "damage" if error.exit_code == EXIT_DAMAGED else "problem"
        )
        findings.append(Finding(check.__name__.strip("_"), state, error.message, error.hint))
    return findings


def _line(finding: Finding) -> str:
    text = f"{_MARKS[finding.state]} {finding.check:<10}{printable_line(finding.text)}\n"
    return text + (f"  {'':<10}{printable_line(finding.mend)}\n" if finding.mend else "")


def _python(_: Settings) -> Iterator[Finding]:
    version = platform.python_version()
    yield Finding(
        "python", "ok", f"Python {version} on {platform.system()}, {os.cpu_count()} cores"
    )
    if sys.getfilesystemencoding().lower() != "utf-8":
        yield Finding("python", "note", "file names are not UTF-8 here", "Set the locale to UTF-8.")


def _packages(_: Settings) -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Finding(
                "packages", "problem", f"{name} is not installed", f"Run: pip install {name}"
            )
    yield Finding("packages", "ok", ", ".join(found))


def _folders(settings: Settings) -> Iterator[Finding]:
    for name, folder in (("data", settings.data_dir), ("cache", settings.cache_dir)):
        place = folder
        while not place.exists():
            place = place.parent
        if os.access(place, os.W_OK):
            yield Finding(name, "ok", f"{folder} can be written")
        else:
            variable = f"QUOTH_{name.upper()}_DIR"
            yield Finding(
                name,
                "problem",
                f"{folder} may not be written",
                f"Set {variable} to another folder.",
            )


def _model(settings: Settings) -> Iterator[Finding]:
    from ..encoder.models import DEFAULT_MODEL, check_bundled, export_folder, load_encoder, locate

    source = locate(settings.model)
    if source.name == DEFAULT_MODEL:
        check_bundled(Path(source.location))
        yield Finding("model", "ok", f"{source.name}: the official weights (sha256 checked)")
    folder = export_folder(source, settings.cache_dir)
    if not folder.is_dir():
        yield Finding(
            "model", "note", f"{source.name} is not exported yet; the first question does it"
        )
        return
    spec = load_encoder(settings).spec
    yield Finding(
        "model",
        "ok",
        f"{spec.name} runs without torch: {spec.dim} dimensions, {spec.window} tokens",
    )


def _sessions(settings: Settings) -> Iterator[Finding]:
    from ..sessions import Sessions

    path = Sessions.file(settings)
    if not path.exists():
        yield Finding("sessions", "note", "no conversation is saved yet")
        return
    with Sessions.open(replace(settings, save=True)) as sessions:
        conversations, turns = sessions.check()
    yield Finding("sessions", "ok", f"{path}: {conversations} conversations, {turns} turns, whole")


def _index(settings: Settings) -> Iterator[Finding]:
    from ..freshness import changes
    from ..reading import corpus_root
    from ..store import index_state, open_snapshot

    index = common.index_of(settings)
    mend = f"Run: quoth index {common.corpus_of(settings)}"
    if index_state(index) == "none":
        yield Finding("index", "note", f"nothing is indexed in {index} yet", mend)
        return
    snapshot = open_snapshot(index)
    try:
        info = snapshot.info
        mend = f"Run: quoth index {info.corpus} --index {index}"
        damage = snapshot.check()
        for text in damage:
            yield Finding("index", "damage", text, f"Run: quoth doctor --index {index} --repair")
        if not damage:
            yield Finding(
                "index",
                "ok",
                f"{index}: {info.documents} documents, {info.passages} passages, whole",
            )
        if not damage:
            yield from _recall(snapshot)
        differs = changes(corpus_root(info.corpus), snapshot, settings)
        if differs:
            yield Finding("corpus", "note", f"{info.corpus} has changed since it was indexed", mend)
        else:
            yield Finding("corpus", "ok", f"{info.corpus}: the index is up to date")
    finally:
        snapshot.close()


def _recall(snapshot: Snapshot) -> Iterator[Finding]:
    """Compare with exact search, where the index does without it."""
    from ..recall import keep, measure_recall

    if not snapshot.lists():
        yield Finding("search", "ok", "every vector is compared with a question: exact")
        return
    measured = measure_recall(snapshot)
    keep(snapshot, measured)
    told = f"finds {measured.recall:.1%} of the ten best of exact search"
    yield Finding("search", "ok", f"{told} ({measured.sample} questions)")


def _repair(settings: Settings) -> Iterator[Finding]:
    from ..store import create_or_open_writer, index_state

    index = common.index_of(settings)
    if index_state(index) != "index":
        yield Finding("repair", "note", f"there is no index in {index} to repair")
        return
    with create_or_open_writer(index, settings.exact_up_to) as writer:
        writer.rebuild()
    yield Finding("repair", "ok", f"{index}: derived anew from the catalog; nothing was embedded")
