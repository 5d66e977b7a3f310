"""Do something in a process of its own, which may be killed, and hear how it ended."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

KINDS = {"kill": 1, "full": 2, "broken": 3, "short": 4}
"""What ``faults.c`` does to a call, by name."""

_LIMIT = 60
"""Seconds that a forked process may take."""


@dataclass(slots=True)
class Tally:
    """What was tried and what went wrong."""

    tried: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def note(self, kind: str, where: str, problems: Sequence[str]) -> None:
        self.tried[kind] += 1
        self.wrong += [f"{kind} at {where}: {problem}" for problem in problems]


class Ended(NamedTuple):
    """How a forked process ended, and what it told."""

    signal: int
    told: Any


def forked(act: Callable[[], object], limit: int = _LIMIT) -> Ended:
    """Do something in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        signal.alarm(limit)
        try:
            told = act()
        except BaseException as error:  # noqa: BLE001  (everything is to be told)
            told = {"raised": type(error).__name__, "ours": _ours(error), "text": str(error)}
        with os.fdopen(writing, "w") as pipe:
            json.dump(told, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return Ended(status & 0x7F, json.loads(text) if text else None)


def _ours(error: BaseException) -> bool:
    from retrieval.errors import QuothError

    return isinstance(error, QuothError)


def badly_ended(ended: Ended, kind: str) -> Iterator[str]:
    """Say what is wrong with how a process ended: an error of quoth's own is not."""
    if kind == "kill":
        if ended.signal != signal.SIGKILL:
            yield f"it was not killed: {ended}"
    elif ended.signal:
        yield f"signal {ended.signal}"
    elif isinstance(ended.told, dict) and not ended.told.get("ours", "steps" in ended.told):
        yield f"{ended.told}"
