"""Where settings come from, and what each of them may be.

Every reader here gives values by setting, each with where it came from, or
raises :class:`SettingsError`; which reader wins is decided in ``settings``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import SettingsError

PREFIX = "QUOTH_"
CONFIG_VARIABLE = "QUOTH_CONFIG"
"""Names another settings file; it is no setting itself."""

Found = dict[str, tuple[Any, str]]
"""Values by setting, each with where it came from."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What one setting is and may be."""

    about: str
    """One line for people: what it does, its unit and its edge value."""
    allowed: str
    """Completes the sentence "It may be ..."."""
    check: Callable[[object, Path], object]
    """From a value and the folder that relative paths start from; raises ValueError."""
    spelled: type[str] | type[int] | type[float] = str
    """What the text of a variable or an option is turned into before the check."""


def _whole(least: int) -> Callable[[object, Path], int]:
    def check(value: object, _base: Path) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError
        return value

    return check


def _positive(value: object, _base: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError
    if not math.isfinite(value) or value <= 0:
        raise ValueError
    return float(value)


def _text(value: object, _base: Path) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError
    return value


def _path(value: object, base: Path) -> Path:
    text = _text(str(value) if isinstance(value, Path) else value, base)
    try:
        return base / Path(text).expanduser()
    except RuntimeError as error:  # "~" without a home folder
        raise ValueError from error


def _one_of(*choices: str) -> Callable[[object, Path], str]:
    def check(value: object, _base: Path) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError
        return value

    return check


def _true_or_false(value: object, _base: Path) -> bool:
    spelled = {"true": True, "false": False}
    if isinstance(value, str) and value.lower() in spelled:
        return spelled[value.lower()]
    if not isinstance(value, bool):
        raise ValueError
    return value


_A_FOLDER = "the path of a folder"

KINDS: Mapping[str, Kind] = {
    "corpus": Kind(
        "The folder of documents; unset, the sample corpus that comes with quoth.",
        _A_FOLDER,
        _path,
    ),
    "index": Kind(
        "The folder of the index; unset, one inside data_dir that belongs to the corpus.",
        _A_FOLDER,
        _path,
    ),
    "data_dir": Kind("Where indexes and saved conversations live.", _A_FOLDER, _path),
    "cache_dir": Kind(
        "Where things that can be made again live, such as exported models.", _A_FOLDER, _path
    ),
    "model": Kind(
        "The embedding model: a name, or the path of a model's folder.", "a name or a path", _text
    ),
    "calibration": Kind(
        "What quoth eval calibrate measured for the model; unset, what comes with quoth.",
        "a file",
        _path,
    ),
    "reranker": Kind(
        "A cross-encoder that puts the best sentences in order; unset, none does.",
        "a name or a path",
        _text,
    ),
    "reader": Kind(
        "An extractive reader that orders them by the answers in them, instead of a reranker.",
        "a name or a path",
        _text,
    ),
    "pair": Kind(
        "Whether quoth's own pair encoder reads the best.", "true or false", _true_or_false
    ),
    "device": Kind(
        "What the model runs on; auto takes a GPU where there is one and it helps.",
        "auto, cpu or cuda",
        _one_of("auto", "cpu", "cuda"),
    ),
    "backend": Kind(
        "What runs the model; auto takes onnx wherever the model can be exported.",
        "auto, onnx or torch",
        _one_of("auto", "onnx", "torch"),
    ),
    "precision": Kind(
        "Weights that a new index's documents are encoded with on a CPU; auto takes int8, about "
        "twice as fast, where little is lost.",
        "auto, fp32 or int8",
        _one_of("auto", "fp32", "int8"),
    ),
    "threads": Kind(
        "Processor threads for indexing; 0 takes every core.",
        "a whole number, 0 or more",
        _whole(0),
        int,
    ),
    "exact_up_to": Kind(
        "Vectors to one part of an index that are all compared; beyond, lists of neighbours are.",
        "a whole number, 100 or more",
        _whole(100),
        int,
    ),
    "max_file_mb": Kind(
        "Files larger than this, in megabytes of 1,000,000 bytes, are skipped and listed so.",
        "a number above 0",
        _positive,
        float,
    ),
    "max_question_chars": Kind(
        "Questions longer than this, in characters, are refused.",
        "a whole number, 1 or more",
        _whole(1),
        int,
    ),
    "k": Kind(
        "How many passages or quotes are shown.", "a whole number, 1 or more", _whole(1), int
    ),
    "color": Kind(
        "Colour; auto gives it in a terminal, unless NO_COLOR is set.",
        "auto, always or never",
        _one_of("auto", "always", "never"),
    ),
    "save": Kind(
        "Whether conversations are kept on disk, to be listed, continued and exported.",
        "true or false",
        _true_or_false,
    ),
}
"""Every setting by name, in the order people see them."""


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


def from_overrides(overrides: Mapping[str, object]) -> Found:
    """Read the command line's values by setting; None means "not given".

    Raises:
        SettingsError: a key is no setting, or a value cannot be used.
    """
    found: Found = {}
    for name, value in overrides.items():
        if name not in KINDS:
            raise _unknown(name, KINDS, "command line")
        if value is not None:
            found[name] = _outside(name, value, "command line")
    return found


def from_environment(environ: Mapping[str, str]) -> Found:
    """Read the ``QUOTH_*`` variables; an empty one counts as not set.

    Raises:
        SettingsError: a variable names no setting, or a value cannot be used.
    """
    names = {variable(name): name for name in KINDS}
    found: Found = {}
    for key in sorted(key for key in environ if key.startswith(PREFIX) and key != CONFIG_VARIABLE):
        if key not in names:
            raise _unknown(key, [*names, CONFIG_VARIABLE], "environment")
        if environ[key]:
            found[names[key]] = _outside(names[key], environ[key], f"environment {key}")
    return found


def from_file(path: Path, *, required: bool) -> Found:
    """Read a TOML file; relative paths in it start from its own folder.

    Raises:
        SettingsError: the file is missing though ``required``, cannot be read,
            is not TOML, or holds an unknown key or a value that cannot be used.
    """
    found: Found = {}
    text, table = _load(path, required=required)
    for name, value in table.items():
        source = _place(path, text, name)
        if name not in KINDS:
            raise _unknown(name, KINDS, source)
        found[name] = (_checked(name, value, source, path.parent), source)
    return found


def _load(path: Path, *, required: bool) -> tuple[str, dict[str, Any]]:
    import tomllib

    try:
        text = path.read_bytes().decode("utf-8-sig")
        return text, tomllib.loads(text)
    except FileNotFoundError as error:
        if not required:
            return "", {}
        raise SettingsError(
            f"There is no settings file {path}.",
            'Name one that exists, or make one with "quoth config --init".',
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(f"The settings file {path} cannot be read: {reason}.") from error
    # ValueError: a number or a date that is none, and what is no TOML or no UTF-8.
    except (ValueError, RecursionError) as error:
        raise SettingsError(
            f"The settings file {path} is not TOML in UTF-8: {error}.",
            'A line reads: name = value, with words in "quotes".',
        ) from error


def _place(path: Path, text: str, name: str) -> str:
    """Say on which line a top-level key stands; the TOML reader does not tell."""
    for number, line in enumerate(text.split("\n"), start=1):
        key = line.split("=")[0].strip().strip("[]").split(".")[0].strip(" \t\"'")
        if key == name:
            return f"file {path}:{number}"
    return f"file {path}"


def _outside(name: str, value: object, source: str) -> tuple[Any, str]:
    """Check a value of the environment or the command line, where a number may be text."""
    if isinstance(value, str):
        try:
            value = KINDS[name].spelled(value)
        except ValueError as error:
            raise _refused(name, value, source) from error
    return _checked(name, value, source, Path()), source


def _checked(name: str, value: object, source: str, base: Path) -> object:
    try:
        return KINDS[name].check(value, base)
    except ValueError as error:
        raise _refused(name, value, source) from error


def _refused(name: str, value: object, source: str) -> SettingsError:
    return SettingsError(
        f'The setting "{name}" cannot be {value!r} ({source}).',
        f"It may be {KINDS[name].allowed}.",
    )


def _unknown(name: str, known: Iterable[str], source: str) -> SettingsError:
    from difflib import get_close_matches

    by_case = {key.lower(): key for key in known}
    nearest = by_case[get_close_matches(name.lower(), by_case, n=1, cutoff=0)[0]]
    return SettingsError(
        f'There is no setting "{name}" ({source}).', f'The nearest that there is: "{nearest}".'
    )
