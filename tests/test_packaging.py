"""The wheel: built without a network, and holding what it must and nothing else."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytest.importorskip("hatchling", reason="a tool of requirements-dev.lock")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """Build the wheel once."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--disable-pip-version-check", "--wheel-dir", str(out)]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True, env=_plain())
    assert done.returncode == 0, done.stderr
    (path,) = out.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def _plain() -> dict[str, str]:
    """Return the environment without what the person's own pip is told."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}


def metadata(wheel: zipfile.ZipFile) -> Message:
    """Return the wheel's METADATA."""
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    return Parser().parsestr(wheel.read(name).decode("utf-8"))


def project() -> dict[str, object]:
    """Return the project table of pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    table: dict[str, object] = tomllib.loads(text)["project"]
    return table


def pins(name: str) -> dict[str, str]:
    """Return a lock file's versions by normalised name; every line must be a pin."""
    found = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            match = re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][0-9A-Za-z.]*)", line)
            assert match, f"{name}: {line}"
            found[normal(match[1])] = match[2]
    return found


def normal(name: str) -> str:
    """Return a distribution's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_source_file_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    wanted = {
        path.relative_to(ROOT).as_posix()
        for package in ("retrieval", "tui", "eval")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in wheel.namelist() if not name.startswith("retrieval/_seeds/")}
    assert wanted == {name for name in packed if ".dist-info/" not in name}
    assert "retrieval/py.typed" in packed


def test_the_sample_corpus_is_in_the_wheel_byte_for_byte(wheel: zipfile.ZipFile) -> None:
    packed = {
        name.removeprefix("retrieval/_seeds/"): hashlib.sha256(wheel.read(name)).hexdigest()
        for name in wheel.namelist()
        if name.startswith("retrieval/_seeds/")
    }
    here = {
        path.relative_to(ROOT / "seeds").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (ROOT / "seeds").rglob("*")
        if path.is_file()
    }
    assert here
    assert packed == here


def test_the_wheel_installs_its_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    (own,) = [top for top in tops if top.endswith(".dist-info")]
    packages = {p for p in ("retrieval", "tui", "eval") if any((ROOT / p).rglob("*.*"))}
    assert tops == {own, *packages}


def test_the_command_and_the_licence_are_in_the_metadata(wheel: zipfile.ZipFile) -> None:
    told = metadata(wheel)
    assert (told["Name"], told["License-Expression"]) == ("quoth", "Apache-2.0")
    assert told["Requires-Python"] == ">=3.11"
    names = wheel.namelist()
    (scripts,) = [name for name in names if name.endswith(".dist-info/entry_points.txt")]
    assert "quoth = retrieval.cli:main" in wheel.read(scripts).decode("utf-8")
    for name in ("LICENSE", "NOTICE"):
        (path,) = [path for path in names if path.endswith(f".dist-info/licenses/{name}")]
        assert wheel.read(path) == (ROOT / name).read_bytes()


def test_every_dependency_is_locked_within_its_range() -> None:
    from packaging.requirements import Requirement

    locked = pins("requirements.lock")
    dependencies = project()["dependencies"]
    assert isinstance(dependencies, list)
    for requirement in map(Requirement, dependencies):
        assert requirement.specifier.contains(locked[normal(requirement.name)]), requirement


def test_the_lock_files_pin_each_package_once_and_suit_every_machine() -> None:
    locked, tools = pins("requirements.lock"), pins("requirements-dev.lock")
    assert not locked.keys() & tools.keys()
    assert not [name for name in locked if name.startswith(("nvidia-", "cuda-", "triton"))]
