"""The command line: ``quoth`` and its subcommands.

Each command is a module with ``HELP``, ``DESCRIPTION``, ``EXAMPLES``,
``configure(parser)`` and ``run(args, settings)``; it is imported only when it is
called. Other rooms add commands through the entry-point group
``quoth.commands``: a name and a ``main(argv) -> int``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from ..errors import EXIT_INTERRUPTED, QuothError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the process's exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    try:
        from .dispatch import dispatch

        return dispatch(words)
    except QuothError as error:
        if debug:
            raise
        _complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted. What was done so far is kept.\n")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing may be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _complain(error: QuothError) -> None:
    from ..printable import printable_line

    sys.stderr.write(f"quoth: {printable_line(error.message)}\n")
    if error.hint:
        sys.stderr.write(f"  {printable_line(error.hint)}\n")
