"""What can go wrong, each as one sentence and one hint.

Errors are raised in the core and rendered at the edge (the command line, the
terminal UI). ``exit_code`` is the process's exit status when such an error
ends a command.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_NOT_FOUND = 1
EXIT_USAGE = 2
EXIT_DAMAGED = 3
EXIT_INTERRUPTED = 130


class QuothError(Exception):
    """Base of every error quoth raises on purpose."""

    exit_code = EXIT_USAGE

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        """One sentence that says what is wrong."""
        self.hint = hint
        """One sentence that says what to do about it; may be empty."""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(QuothError):
    """The command line or a call was put together wrongly."""


class SettingsError(QuothError):
    """A setting is unknown, or its value cannot be used."""


class CorpusError(QuothError):
    """The folder of documents cannot be used."""


class QuestionError(QuothError):
    """A question that cannot be asked: empty, too long, or not text."""


class ModelError(QuothError):
    """An encoder is missing, altered or unusable."""


class CalibrationError(QuothError):
    """No confidence was ever measured for this encoder."""


class IndexMissingError(QuothError):
    """There is no index where one was asked for."""


class IndexMismatchError(QuothError):
    """The index was made with another encoder, format or corpus."""


class IndexBusyError(QuothError):
    """Another process is writing the index."""


class IndexDamagedError(QuothError):
    """The index, or a source it cites, is damaged."""

    exit_code = EXIT_DAMAGED


class StorageError(QuothError):
    """The disk is full, read-only or not permitted."""


class SessionMissingError(QuothError):
    """There is no such saved conversation, or no such turn in it."""


class SessionsDamagedError(QuothError):
    """The file of saved conversations is not what was written."""

    exit_code = EXIT_DAMAGED


class VerificationInputError(QuothError):
    """A file given to ``verify`` cannot be read as what it claims to be."""
