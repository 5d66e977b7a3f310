"""Indexing in a process of its own, so that typing never waits for it.

``python -m tui.indexer`` reads settings as one line of JSON and writes progress,
then a report or an error, as lines of JSON. It can be ended at any moment: each
batch is kept, and the last committed index stays as it was.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import IO, Any

from retrieval import Place, Progress, QuothError, Settings, Skipped

from .packing import home, packed, unpacked

_EVERY = 0.1
"""Seconds between two lines of progress."""
_GRACE = 3.0
"""Seconds a process that was told to stop is given."""
OnProgress = Callable[[Progress], None]


class IndexingStopped(Exception):
    """It was cancelled; what was embedded so far is kept."""


class IndexJob:
    """One run of indexing in a process of its own."""

    def __init__(self, settings: Settings, place: Place) -> None:
        self._request = packed(replace(settings, corpus=place.corpus, index=place.index))
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def run(self, progress: OnProgress) -> Mapping[str, Any]:
        """Index; return the report as JSON gives it.

        Raises:
            IndexingStopped: :meth:`stop` was called.
            QuothError: what indexing raised, or that its process died.
        """
        with subprocess.Popen(
            [sys.executable, "-m", "tui.indexer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, encoding="utf-8", cwd=home(),
            start_new_session=True,
        ) as process:  # fmt: skip
            self._process = process
            last: Mapping[str, Any] = {}
            try:
                if process.stdin is not None and process.stdout is not None:
                    process.stdin.write(self._request + "\n")
                    process.stdin.close()
                    last = _follow(process.stdout, progress)
            except BrokenPipeError:
                pass
        if self._stopped:
            raise IndexingStopped
        if "report" in last:
            report: Mapping[str, Any] = last["report"]
            return report
        raise _failure(last)

    def stop(self) -> None:
        """End it; returns when the process has gone."""
        self._stopped = True
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()


def main() -> int:
    """Index as stdin says, and tell stdout."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    if hasattr(os, "nice"):
        os.nice(19)  # a letter typed meanwhile comes first
    settings = unpacked(sys.stdin.readline())
    teller = _Teller()
    from retrieval import build_index

    try:
        report = build_index(
            settings.corpus or "", settings.index, progress=teller, settings=settings
        )
    except QuothError as error:
        _tell({"error": [error.message, error.hint]})
        return error.exit_code
    _tell({"report": report.to_dict()})
    return 0


class _Teller:
    """Passes on steps, not more often than can be seen; no skipped file is lost."""

    def __init__(self) -> None:
        self._told = 0.0
        self._stage = ""
        self._skipped: list[tuple[str, str]] = []

    def __call__(self, step: Progress) -> None:
        now = time.monotonic()
        self._skipped += [(s.path, s.reason) for s in step.skipped]
        if now - self._told >= _EVERY or step.stage != self._stage or step.done == step.total:
            self._told, self._stage = now, step.stage
            _tell({
                "progress": [step.stage, step.done, step.total, step.detail],
                "skipped": self._skipped,
            })  # fmt: skip
            self._skipped = []


def _follow(stream: IO[str], progress: OnProgress) -> Mapping[str, Any]:
    last: Mapping[str, Any] = {}
    for text in stream:
        last = json.loads(text)
        if "progress" in last:
            skipped = tuple(Skipped(*pair) for pair in last["skipped"])
            stage, done, total, detail = last["progress"]
            progress(Progress(stage, done, total, detail, skipped))
    return last


def _failure(last: Mapping[str, Any]) -> QuothError:
    if "error" in last:
        return QuothError(*last["error"])
    return QuothError(
        "Indexing ended without a word.", "Run: quoth index FOLDER --debug, and see what it says."
    )


def _tell(value: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
