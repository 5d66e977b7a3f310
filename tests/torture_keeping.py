"""Kill and break the keeping of conversations and the writing of exports."""

from __future__ import annotations

import ctypes
import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from tests.forking import KINDS, Tally, badly_ended, forked

_TURNS = 6
_ANSWER: dict[str, Any] = {"question": "Who said so?", "evidence": [], "filler": "x" * 6000}
_OLD, _NEW = b"old words\n" * 2000, b"new words\n" * 4000


def keeping(folder: Path, points: int, seed: int) -> Tally:
    """Kill or fail at ``points`` steps of each of the two."""
    tally, chance = Tally(), random.Random(seed)
    acts = {"sessions": (_converse, _conversation_left), "export": (_export, _export_left)}
    for name, (act, left) in acts.items():
        work = folder / name
        steps = forked(partial(_armed, act, work, 0, 0)).told["steps"]
        # An export takes few steps: each is taken in each way, and over again.
        for at in range(points):
            step = chance.randrange(1, steps + 1) if steps > points else at % steps + 1
            kind = "kill" if at % 4 else chance.choice(["full", "broken", "short"])
            ended = forked(partial(_armed, act, work, step, KINDS[kind]))
            problems = list(badly_ended(ended, kind))
            after = forked(lambda work=work, left=left: list(left(work)))  # type: ignore[misc]
            problems += after.told if isinstance(after.told, list) else [f"afterwards: {after}"]
            tally.note(f"{name} {kind}", f"step {step} of {steps} of {name}", problems)
    return tally


def _armed(act: Any, work: Path, step: int, kind: int) -> dict[str, Any]:  # noqa: ANN401
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    shim = ctypes.CDLL(None)
    act(work, lambda: shim.fault_arm(str(work).encode(), ctypes.c_long(step), kind))
    shim.fault_seen.restype = ctypes.c_long
    return {"steps": shim.fault_seen()}


def _converse(work: Path, arm: Any) -> None:  # noqa: ANN401
    """Keep turn after turn, and say after each, outside the folder, that it was kept."""
    from retrieval.sessions import Sessions

    told = work.with_name("told")
    told.write_text("0")
    arm()
    with Sessions(work / "sessions") as sessions:
        number = sessions.start(work)
        for turn in range(1, _TURNS + 1):
            sessions.append(number, {**_ANSWER, "question": f"{turn}?"})
            told.write_text(str(turn))


def _conversation_left(work: Path) -> Iterator[str]:
    from retrieval.sessions import Sessions

    told = int(work.with_name("told").read_text())
    with Sessions(work / "sessions") as sessions:
        listed = sessions.list()
        if told and not listed:
            yield "the conversation is gone"
        for info in listed:
            turns = sessions.read(info.id).turns
            if not told <= len(turns) <= told + 1:
                yield f"{len(turns)} turns are kept, {told} were told"
            if [turn.question for turn in turns] != [f"{n}?" for n in range(1, len(turns) + 1)]:
                yield "the turns are not those that were asked"
            if sessions.append(info.id, _ANSWER) != len(turns) + 1:
                yield "the next turn is not kept"
        sessions.check()
    left = {path.name for path in (work / "sessions").iterdir()}
    if left - {"sessions.sqlite", "sessions.sqlite-wal", "sessions.sqlite-shm"}:
        yield f"files stay behind: {left}"


def _export(work: Path, arm: Any) -> None:  # noqa: ANN401
    from retrieval import write_whole

    (work / "quotes.md").write_bytes(_OLD)
    arm()
    with suppress(OSError):
        write_whole(work / "quotes.md", _NEW)


def _export_left(work: Path) -> Iterator[str]:
    from retrieval import write_whole

    if (work / "quotes.md").read_bytes() not in (_OLD, _NEW):
        yield "the file is neither the old nor the new one"
    write_whole(work / "quotes.md", _NEW)
    if [path.name for path in work.iterdir()] != ["quotes.md"]:
        yield f"files stay behind: {[path.name for path in work.iterdir()]}"
