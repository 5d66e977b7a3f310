"""``python -m tui [FOLDER]``: the terminal UI without the command line around it."""

from __future__ import annotations

import sys
from pathlib import Path

from retrieval import load_settings

from .start import run

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    sys.exit(run(load_settings({"corpus": folder} if folder else {})))
