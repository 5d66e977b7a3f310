"""``python -m tui.web.visit SETTINGS``: the terminal UI of one visitor.

It ends when its server does, however that ended.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import NoReturn

from retrieval import QuothError, printable_text

from ..packing import unpacked
from ..start import run

_EVERY, _GRACE = 0.5, 3.0
"""Seconds between two looks at the server, and until the process ends without ado."""


def _follow(server: int) -> None:
    """End this process when the server is not its parent any more."""
    while os.getppid() == server:
        time.sleep(_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)


def main() -> NoReturn:
    """Show the terminal UI, and end when it is left; no thread may hold that up."""
    status = _show()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _show() -> int:
    if os.name == "posix":
        threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()
    try:
        return run(unpacked(sys.argv[1]))
    except QuothError as error:
        sys.stderr.write(printable_text(f"quoth: {error}") + "\n")
        return error.exit_code


if __name__ == "__main__":
    main()
