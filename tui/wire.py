"""What passes between the terminal UI and the process that holds the engine: lines of JSON.

Only the kinds of values named here can be made from what arrives; nothing is unpickled.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

from retrieval import (
    Changes,
    Document,
    Hit,
    Listed,
    Passage,
    Place,
    QuothError,
    Section,
    Skipped,
)

from .engine import Facts

_RECORDS: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (Changes, Document, Facts, Hit, Listed, Passage, Place, Section, Skipped)
}
_KIND, _VALUE = "$", "of"


def send(to: IO[bytes], message: object) -> None:
    """Write one message as one line.

    Raises:
        OSError: nobody reads any more.
        TypeError: the message holds a value of a kind that is not named here.
    """
    to.write(json.dumps(_Packer().plain(message)).encode() + b"\n")
    to.flush()


def receive(source: IO[bytes]) -> Any:  # noqa: ANN401  (what was sent)
    """Read one message.

    Raises:
        EOFError: there are no more.
        ValueError: the line is no message.
    """
    line = source.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    try:
        return _Unpacker().value(json.loads(line))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no message: {error!r}") from error


class _Packer:
    """Turns values into JSON's; a document that comes again is named by its number."""

    def __init__(self) -> None:
        self._documents: dict[int, int] = {}

    def plain(self, value: Any) -> Any:  # noqa: ANN401  (anything)
        """Return a value as JSON has it."""
        if value is None or isinstance(value, str | int | float):
            return value
        if isinstance(value, list):
            return [self.plain(each) for each in value]
        if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
            plain = {name: self.plain(each) for name, each in value.items()}
            return {_KIND: "dict", _VALUE: plain} if _KIND in plain else plain
        return dict(zip((_KIND, _VALUE), self._tagged(value), strict=True))

    def _tagged(self, value: Any) -> tuple[str, Any]:  # noqa: ANN401  (anything)
        if isinstance(value, tuple):
            return "tuple", [self.plain(each) for each in value]
        if isinstance(value, Path):
            return "path", str(value)
        if isinstance(value, BaseException):
            return "error", _described(value)
        name: str = type(value).__name__
        if _RECORDS.get(name) is not type(value):
            raise TypeError(f"a value of the kind {name} cannot be sent")
        if id(value) in self._documents:
            return "again", self._documents[id(value)]
        if isinstance(value, Document):
            self._documents[id(value)] = len(self._documents)
        return name, {f.name: self.plain(getattr(value, f.name)) for f in fields(_RECORDS[name])}


class _Unpacker:
    """Makes values of what arrived."""

    def __init__(self) -> None:
        self._documents: list[Document] = []

    def value(self, plain: Any) -> Any:  # noqa: ANN401  (anything)
        """Return what :meth:`_Packer.plain` was given."""
        if isinstance(plain, list):
            return [self.value(each) for each in plain]
        if not isinstance(plain, dict):
            return plain
        if _KIND not in plain:
            return {name: self.value(each) for name, each in plain.items()}
        kind, held = plain[_KIND], plain[_VALUE]
        made: Mapping[str, Callable[[], Any]] = {
            "dict": lambda: {name: self.value(each) for name, each in held.items()},
            "tuple": lambda: tuple(self.value(each) for each in held),
            "path": lambda: Path(held),
            "error": lambda: _error(*held),
            "again": lambda: self._documents[held],
        }
        return made[kind]() if kind in made else self._record(_RECORDS[kind], held)

    def _record(self, kind: type, held: Mapping[str, Any]) -> Any:  # noqa: ANN401  (of that kind)
        made = kind(**{name: self.value(each) for name, each in held.items()})
        if isinstance(made, Document):
            self._documents.append(made)
        return made


def _described(error: BaseException) -> list[str]:
    """Return an error's kind, sentence and hint."""
    if isinstance(error, QuothError):
        return [type(error).__name__, error.message, error.hint]
    return ["QuothError", f"{type(error).__name__}: {error}", "Please report this."]


def _error(kind: str, message: str, hint: str) -> QuothError:
    kinds = {each.__name__: each for each in QuothError.__subclasses__()}
    return kinds.get(kind, QuothError)(message, hint)
