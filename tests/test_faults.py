"""An index survives being killed, refused and damaged; the long run is ``make torture``."""

from __future__ import annotations

import pytest

from tests import torture


@pytest.mark.skipif(torture.compiler() is None, reason="it needs Linux and a C compiler")
@pytest.mark.slow
def test_nothing_is_lost_and_nothing_wrong_is_served() -> None:
    found = torture.run(points=6, bites=1, seed=5, files=6)
    assert found["wrong"] == []
    assert found["tried"]["kill"] >= 2
    assert found["tried"]["flip"] >= 5
