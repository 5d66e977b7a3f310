"""An index survives being killed, refused and damaged; the long run is ``make torture``."""

from __future__ import annotations

import pytest

from tests import torture

needs_shim = pytest.mark.skipif(
    torture.compiler() is None, reason="it needs Linux and a C compiler"
)


@needs_shim
@pytest.mark.slow
def test_nothing_is_lost_and_nothing_wrong_is_served() -> None:
    found = torture.run("faults", 6, seed=5)
    assert found["wrong"] == []
    assert found["tried"]["kill"] >= 2


@needs_shim
@pytest.mark.slow
def test_damage_is_told_wherever_it_is() -> None:
    found = torture.run("damage", 20, seed=5, files=5)
    assert found["wrong"] == []
    assert found["tried"]["bites looked for"] == 100
    assert found["tried"]["bites asked"] >= 25


@needs_shim
@pytest.mark.slow
def test_conversations_and_exports_survive_being_killed() -> None:
    found = torture.run("keeping", 16, seed=5)
    assert found["wrong"] == []
    assert found["tried"]["sessions kill"] == found["tried"]["export kill"] == 12


@needs_shim
@pytest.mark.slow
def test_everything_is_on_disk_before_a_commit_names_it() -> None:
    assert torture.run("order", 1)["wrong"] == []
    careless = torture.run("careless", 1)["wrong"]
    assert any("before the commit" in line and "is not flushed" in line for line in careless)


@needs_shim
@pytest.mark.slow
def test_every_answer_belongs_to_one_committed_state() -> None:
    found = torture.run("crowd", 3)
    assert found["wrong"] == []
    assert found["tried"]["updates"] == 3
    assert found["tried"]["states asked"] >= 8


@needs_shim
def test_bytes_that_nobody_writes_are_read_or_refused() -> None:
    found = torture.run("hostile", 120, seed=5)
    assert found["wrong"] == []
    assert found["tried"]["inputs"] == 120 * 9
