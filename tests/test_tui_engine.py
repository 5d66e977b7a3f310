"""The engine in a process of its own: the same answers, and nobody is left waiting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval import QuothError, Settings
from tests.terminal import LINDEN, PUBLISHED
from tui.engine import Engine, NotIndexedError
from tui.packing import packed
from tui.remote import EngineEndedError, RemoteEngine
from tui.web.serving import shared_engine

posix = pytest.mark.skipif(os.name != "posix", reason="signals and sockets are POSIX")


@pytest.fixture(scope="module")
def remote(seeds_index: Path, settings: Settings, engine: Engine) -> Iterator[RemoteEngine]:
    made = RemoteEngine(engine.settings)
    made.begin()
    yield made
    made.close()


def children(module: str, parent: int) -> list[int]:
    found = subprocess.run(
        ["ps", "-o", "pid=,stat=,args=", "--ppid", str(parent)], capture_output=True, text=True
    ).stdout.splitlines()
    return [int(x.split()[0]) for x in found if "Z" not in x.split()[1] and f"-m {module}" in x]


def test_it_answers_as_one_of_our_own_does(remote: RemoteEngine, engine: Engine) -> None:
    assert remote.open() == engine.facts()
    assert remote.ready
    assert remote.place() == engine.place()
    asked = remote.ask(PUBLISHED, [LINDEN], ["003_e60e8bc3f713d679.txt"])
    own = engine.ask(PUBLISHED, [LINDEN], ["003_e60e8bc3f713d679.txt"])
    assert {**asked, "timings": 0} == {**own, "timings": 0}
    assert asked["evidence"]
    assert remote.prove(asked) == asked
    assert remote.hits(PUBLISHED, 3) == engine.hits(PUBLISHED, 3)
    assert remote.documents() == engine.documents()
    first = remote.documents()[0][0].path
    assert remote.document(first) == engine.document(first)
    assert remote.document("no such file") is None
    assert remote.cite(first, 0, 5) == engine.cite(first, 0, 5)
    assert remote.changes() == engine.changes()
    remote.warm()


def test_what_goes_wrong_there_is_raised_here(
    remote: RemoteEngine, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(QuothError) as raised:
        remote.ask("   ", [])
    assert raised.value.hint
    (tmp_path / "empty").mkdir()
    other = RemoteEngine(
        replace(settings, corpus=tmp_path / "empty", index=tmp_path / "none.index")
    )
    try:
        with pytest.raises(NotIndexedError):
            other.open()
        assert not other.ready
    finally:
        other.close()


def wait_for_end(pid: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True).stdout
        if not shown or b"Z" in shown:
            return
        time.sleep(0.02)
    pytest.fail("it goes on")


@posix
def test_one_that_was_killed_is_begun_anew(engine: Engine) -> None:
    made = RemoteEngine(engine.settings)
    try:
        made.open()
        os.kill(children("tui.served", os.getpid())[-1], signal.SIGKILL)
        assert made.ask(PUBLISHED, [])["evidence"]
    finally:
        made.close()


@posix
def test_one_that_cannot_live_is_said(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "ends-at-once"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    made = RemoteEngine(engine.settings)
    try:
        with pytest.raises(EngineEndedError) as raised:
            made.open()
        assert "doctor" in raised.value.hint
        assert not made.ready
    finally:
        made.close()


@posix
def test_it_ends_when_its_parent_is_killed(engine: Engine) -> None:
    code = ("import sys, time; from tui.packing import unpacked; "
            "from tui.remote import RemoteEngine; "
            "engine = RemoteEngine(unpacked(sys.argv[1])); engine.open(); print(flush=True); "
            "time.sleep(60)")  # fmt: skip
    parent = subprocess.Popen(
        [sys.executable, "-c", code, packed(engine.settings)], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    (child,) = children("tui.served", parent.pid)
    parent.kill()
    parent.communicate()
    wait_for_end(child)


@posix
def test_several_share_one_and_go_on_alone_when_it_ends(engine: Engine) -> None:
    with shared_engine(engine.settings) as path:
        before = children("tui.served", os.getpid())
        two = [RemoteEngine(engine.settings, path) for _ in range(2)]
        try:
            assert two[0].open() == two[1].open() == engine.facts()
            assert two[0].ask(PUBLISHED, [])["evidence"] == two[1].ask(PUBLISHED, [])["evidence"]
            assert children("tui.served", os.getpid()) == before
            two[0].close()
            assert two[1].ask(LINDEN, [])["evidence"], "one that leaves takes nothing away"
            os.kill(before[-1], signal.SIGKILL)
            wait_for_end(before[-1])
            assert two[1].ask(LINDEN, [])["evidence"], "it has begun one of its own"
        finally:
            for one in two:
                one.close()
    assert not Path(path).parent.exists()
