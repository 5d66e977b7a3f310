"""Where the terminal UI starts: the engine first, then what draws."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrieval import Settings

SHARED = "QUOTH_ENGINE_SOCKET"
"""Environment variable: where an engine for several windows listens."""


def run(settings: Settings) -> int:
    """Open the terminal UI and return the exit status."""
    # Everything imported stays: looking through it for garbage is a tenth of the time.
    gc.disable()
    from .remote import RemoteEngine

    engine = RemoteEngine(settings, os.environ.get(SHARED, ""))
    engine.begin()
    from .app import run as show

    return show(settings, engine)
