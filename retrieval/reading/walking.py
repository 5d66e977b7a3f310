"""Which files of a folder are documents, and why the others are not."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from ..errors import CorpusError
from ..globs import gitignore
from ..records import Skipped
from .decoding import NotTextError
from .opening import read_bytes

IGNORE_FILE = ".quothignore"
_MOST_RULES = 1_000_000
"""Bytes of an ignore file."""
_DEEPEST = 100
"""Folders inside one another; what lies deeper is told as skipped."""


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file that may be a document."""

    path: str
    """Relative to the corpus, with forward slashes."""
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class _Rules:
    """The ignore files that hold in a folder, outermost first."""

    chain: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    def ignores(self, path: str, *, folder: bool) -> bool:
        verdict = False
        for base, spec in self.chain:
            inside = path[len(base) :] + ("/" if folder else "")
            answer = spec.check_file(inside).include
            if answer is not None:
                verdict = answer
        return verdict


def corpus_root(folder: str | os.PathLike[str]) -> Path:
    """Return the absolute path of a folder of documents.

    Raises:
        CorpusError: there is no such folder, or it is a file, or may not be read.
    """
    path = Path(folder).expanduser()
    try:
        if not path.exists():
            raise CorpusError(
                f"There is no folder {path}.", "Check the path, or name another folder."
            )
        if not path.is_dir():
            raise CorpusError(f"{path} is a file, not a folder.", f"Name its folder: {path.parent}")
        os.scandir(path).close()
        return path.resolve()
    except PermissionError as error:
        raise CorpusError(
            f"The folder {path} may not be read.", "Ask for permission, or name another folder."
        ) from error
    except (OSError, ValueError) as error:
        raise CorpusError(
            f"{str(path)!r} is not a usable path: {error}.", "Check the path."
        ) from error


def walk(root: Path, max_bytes: int) -> Iterator[Found | Skipped]:
    """Yield every file under ``root``, in the order of paths, as found or skipped.

    Hidden files and ignored files (``.quothignore``, gitignore syntax, in any
    folder) are skipped with a reason; a hidden or ignored folder counts once.
    Links are followed to files inside ``root`` only, never to folders.
    """
    yield from sorted(_walk(root, root, "", _Rules(), max_bytes), key=lambda item: item.path)


def _walk(
    root: Path, folder: Path, prefix: str, rules: _Rules, max_bytes: int
) -> Iterator[Found | Skipped]:
    if prefix.count("/") > _DEEPEST:
        yield Skipped(prefix.rstrip("/"), f"more than {_DEEPEST} folders deep")
        return
    rules = _with_rules(root, prefix, rules)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Skipped(prefix.rstrip("/"), f"folder cannot be read: {_why(error)}")
        return
    for entry in entries:
        path = prefix + entry.name
        reason = _refusal(entry, path, rules)
        if reason == "":
            continue
        if reason is not None:
            yield Skipped(path.encode("utf-8", "backslashreplace").decode(), reason)
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(root, Path(entry.path), path + "/", rules, max_bytes)
        else:
            yield _file(root, entry, path, max_bytes)


def _with_rules(root: Path, prefix: str, rules: _Rules) -> _Rules:
    """Add the rules of a folder's ignore file.

    Raises:
        CorpusError: they cannot be obeyed, and what they hide must not be read.
    """
    path = prefix + IGNORE_FILE
    if not os.path.lexists(root / path):
        return rules
    try:
        data, _ = read_bytes(root, path, _MOST_RULES)
        spec = gitignore(data.decode("utf-8", "replace").splitlines())
    except (NotTextError, ValueError, OSError) as error:
        raise CorpusError(
            f"The ignore file {root / path} cannot be obeyed: {_why(error)}.",
            "Mend or remove it; nothing was read.",
        ) from error
    return _Rules((*rules.chain, (prefix, spec)))


def _refusal(entry: os.DirEntry[str], path: str, rules: _Rules) -> str | None:
    """Return why an entry is not looked into; None to go on, "" to pass over in silence."""
    if entry.name == IGNORE_FILE:
        return ""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return "file name is not valid UTF-8"
    if entry.name.startswith("."):
        return "hidden"
    folder = entry.is_dir(follow_symlinks=False)
    if rules.ignores(path, folder=folder):
        return f"ignored by {IGNORE_FILE}"
    return None


def _file(root: Path, entry: os.DirEntry[str], path: str, max_bytes: int) -> Found | Skipped:
    try:
        if entry.is_symlink():
            target = Path(entry.path).resolve(strict=True)
            if not target.is_relative_to(root):
                return Skipped(path, "link that leaves the folder")
            if target.is_dir():
                return Skipped(path, "link to a folder (its files are read where they are)")
        info = entry.stat()
    except FileNotFoundError:
        return Skipped(path, "broken link" if entry.is_symlink() else "vanished while reading")
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links before Python 3.13
        return Skipped(path, f"cannot be read: {_why(error)}")
    if not stat.S_ISREG(info.st_mode):
        return Skipped(path, "not a regular file")
    if info.st_size == 0:
        return Skipped(path, "empty")
    if info.st_size > max_bytes:
        limit = max_bytes / 1_000_000
        return Skipped(path, f"larger than the limit of {limit:g} MB ({info.st_size / 1e6:.1f} MB)")
    return Found(path, info.st_size, info.st_mtime_ns)


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
