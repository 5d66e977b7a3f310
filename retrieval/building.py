"""Build an index with the model it was made with, or the one the user names."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from .encoder import load_encoder
from .freshness import committed_info
from .indexing import ProgressCallback, default_index_dir, update_index
from .reading import corpus_root
from .records import IndexReport
from .settings import Settings, load_settings
from .store import StoreInfo

PathLike = str | os.PathLike[str]


def build_index(
    folder: PathLike,
    index: PathLike | None = None,
    *,
    progress: ProgressCallback | None = None,
    settings: Settings | None = None,
) -> IndexReport:
    """Index a folder, or bring its index up to date.

    Args:
        folder: the corpus; nothing is written into it.
        index: the index folder; None for the user's data directory, keyed by the folder.
        progress: told of each step.
        settings: other than those of the environment and the settings file.

    Raises:
        QuothError: see the errors of ``CorpusError``, ``IndexBusyError``,
            ``IndexMismatchError``, ``ModelError`` and ``StorageError``.
    """
    used = settings or load_settings()
    target = Path(index) if index is not None else default_index_dir(used, corpus_root(folder))
    used = with_model_of(target, used)
    return update_index(folder, target, used, lambda: load_encoder(used), progress)


def with_model_of(index: Path, settings: Settings, info: StoreInfo | None = None) -> Settings:
    """Use the model and the precision the index was made with, unless the user named others."""
    if info is None:
        info = committed_info(index)
    if info is None:
        return settings
    if settings.sources.get("model", "default") == "default":
        settings = replace(settings, model=info.encoder.name)
    kept = settings.sources.get("precision", "default") == "default"
    if kept and settings.model == info.encoder.name:
        settings = replace(settings, precision=info.encoder.precision)
    return settings
