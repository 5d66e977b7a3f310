"""What every test may rely on: isolation from the machine, the real model, the real corpus."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from retrieval import Retriever, Settings, build_index, load_settings

if TYPE_CHECKING:
    from tui.engine import Engine

SEEDS = Path(__file__).resolve().parent.parent / "seeds"

MakeCorpus = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model_cache: Path) -> None:
    """Cut a test off from the user's settings, indexes and caches, and from the network."""
    for name in [name for name in os.environ if name.startswith("QUOTH_")]:
        monkeypatch.delenv(name)
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        folder = tmp_path / "home" / name.lower()
        folder.mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("QUOTH_CACHE_DIR", str(model_cache))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the exported model is kept: made once, shared by all test processes."""
    base = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent
    folder = base / "model-cache"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Settings:
    """Default settings with folders of their own."""
    data = tmp_path_factory.mktemp("data")
    (data / "config.toml").touch()
    given = {"data_dir": data, "cache_dir": model_cache}
    return load_settings(given, environ={}, file=data / "config.toml")


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Path:
    """An index of the sample corpus, made with the real model; not to be changed."""
    index = tmp_path_factory.mktemp("indexes") / "seeds.index"
    build_index(SEEDS, index, settings=settings)
    return index


@pytest.fixture(scope="session")
def seeds(seeds_index: Path, settings: Settings) -> Iterator[Retriever]:
    """The sample corpus, open for asking."""
    with Retriever.open(seeds_index, settings=settings) as retriever:
        yield retriever


@pytest.fixture(scope="session")
def engine(seeds_index: Path, settings: Settings) -> Iterator[Engine]:
    """The sample corpus, open for the terminal UI; shared, as in one process for many."""
    from tui.engine import Engine

    engine = Engine(replace(settings, corpus=SEEDS, index=seeds_index))
    engine.open()
    yield engine
    engine.close()


@pytest.fixture
def home(settings: Settings, seeds_index: Path, tmp_path: Path) -> Settings:
    """Settings for the sample corpus, with conversations of the test's own."""
    data = tmp_path / "own"
    data.mkdir()
    return replace(
        settings, corpus=SEEDS, index=seeds_index, data_dir=data, file=data / "config.toml"
    )


@pytest.fixture
def make_corpus(tmp_path: Path) -> MakeCorpus:
    """Write files into a new folder."""

    def make(files: Mapping[str, str | bytes]) -> Path:
        root = tmp_path / "corpus"
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return root

    return make


@pytest.fixture
def unprivileged(tmp_path: Path) -> Callable[[], AbstractContextManager[None]]:
    """Give a context in which files without permission cannot be read, even for the superuser."""

    @contextmanager
    def lowered() -> Iterator[None]:
        user = os.geteuid()
        if user != 0:
            yield
            return
        for folder in tmp_path.parents:
            if folder.stat().st_uid == 0 and not folder.stat().st_mode & 0o001:
                folder.chmod(0o711)
        tmp_path.chmod(0o755)
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(user)

    return lowered


Unprivileged = Callable[[], AbstractContextManager[None]]
