"""The settings: one frozen value, built at the edge and passed down.

The command line goes before the environment, the environment before the file,
the file before the defaults. Nothing is read or created on import.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from retrieval.settings_sources import (
    CONFIG_VARIABLE,
    KINDS,
    from_environment,
    from_file,
    from_overrides,
)

_NOTHING: Mapping[str, str] = MappingProxyType({})


def _data_dir() -> Path:
    from platformdirs import user_data_path

    return user_data_path("quoth", appauthor=False)


def _cache_dir() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("quoth", appauthor=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, with its value in effect."""

    corpus: Path | None = None
    """The folder of documents; None is the sample corpus that comes with quoth."""
    index: Path | None = None
    """The folder of the index; None is one inside ``data_dir``, keyed by the corpus."""
    data_dir: Path = field(default_factory=_data_dir)
    """Where indexes and saved conversations live; it need not exist yet."""
    cache_dir: Path = field(default_factory=_cache_dir)
    """Where things that can be made again live; it need not exist yet."""
    model: str = "all-MiniLM-L6-v2"
    """The embedding model's name, or the path of its folder."""
    calibration: Path | None = None
    """What ``quoth eval calibrate`` measured for the model; None is what comes with quoth."""
    reranker: str | None = None
    """A cross-encoder that puts the best sentences in order; None is none."""
    reader: str | None = None
    """An extractive reader that does so by the answers it finds in them; None is none."""
    pair: bool = True
    """Whether quoth's own pair encoder reads the best sentences, unless one above does."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """What the model runs on."""
    backend: Literal["auto", "onnx", "torch"] = "auto"
    """What runs the model."""
    precision: Literal["auto", "fp32", "int8"] = "auto"
    """Of the weights that documents are encoded with; an index keeps the one it was made with."""
    threads: int = 0
    """Processor threads for indexing; 0 is every core."""
    exact_up_to: int = 20_000
    """Vectors to one part of an index that are all compared with a question; at least 100."""
    max_file_mb: float = 50.0
    """Megabytes of 1,000,000 bytes; larger files are skipped and listed so. Above 0."""
    max_question_chars: int = 10_000
    """Characters; longer questions are refused. At least 1."""
    k: int = 5
    """Passages or quotes shown; at least 1, and more than there are is no error."""
    color: Literal["auto", "always", "never"] = "auto"
    """``auto`` gives colour in a terminal; NO_COLOR turns ``auto`` into ``never``."""
    save: bool = True
    """Whether conversations are kept on disk, for ``quoth sessions`` and ``quoth export``."""
    sources: Mapping[str, str] = field(default_factory=lambda: _NOTHING, compare=False, repr=False)
    """By setting: ``default``, ``file PATH:LINE``, ``environment NAME`` or ``command line``."""
    file: Path | None = field(default=None, compare=False, repr=False)
    """The settings file that was looked for, there or not; None where none was."""

    @property
    def paired(self) -> bool:
        """Whether the pair encoder reads: it may, and no other model is named to."""
        return self.pair and not self.reranker and not self.reader


def load_settings(
    overrides: Mapping[str, object] = _NOTHING,
    environ: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """Return the settings in effect.

    Args:
        overrides: The command line's values by setting; None means "not given".
        environ: The environment, by default the process's own.
        file: The settings file, which must then exist; by default the one that
            ``QUOTH_CONFIG`` names, or else the user's own, if there is one.

    Raises:
        SettingsError: a key or variable names no setting, a value cannot be
            used, or the file cannot be read.
    """
    environ = os.environ if environ is None else environ
    path = file or config_path(environ)
    required = file is not None or bool(environ.get(CONFIG_VARIABLE))
    found = {
        **from_file(path, required=required),
        **from_environment(environ),
        **from_overrides(overrides),
    }
    if environ.get("NO_COLOR") and found.get("color", ("auto",))[0] == "auto":
        found["color"] = ("never", "environment NO_COLOR")
    sources = {name: found[name][1] if name in found else "default" for name in KINDS}
    values = {name: value for name, (value, _) in found.items()}
    return Settings(**values, sources=MappingProxyType(sources), file=path)


def config_path(environ: Mapping[str, str] | None = None) -> Path:
    """Return where the settings file is or would be: ``QUOTH_CONFIG``, or the user's own."""
    named = (os.environ if environ is None else environ).get(CONFIG_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_config_path

    return user_config_path("quoth", appauthor=False) / "config.toml"
