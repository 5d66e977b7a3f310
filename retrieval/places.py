"""Where the folder of documents and its index lie, from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import CorpusError
from .settings import Settings

if TYPE_CHECKING:
    from .store import StoreInfo

# What reads an index is imported when it is needed: a caller may only want to know whether
# the sample corpus is meant, before it draws its first screen.


@dataclass(frozen=True, slots=True)
class Place:
    """What a conversation is about."""

    corpus: Path
    index: Path
    bundled: bool
    """It is the sample corpus that comes with quoth."""

    def committed(self) -> StoreInfo | None:
        """Return what the last commit is, or None where there is no index that can be asked."""
        from .freshness import committed_info

        return committed_info(self.index)


def bundled_corpus() -> Path:
    """Return the sample corpus: inside the installed package, or beside it in a checkout.

    Raises:
        CorpusError: it is in neither place.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "_seeds", package.parent / "seeds"):
        if folder.is_dir():
            return folder
    raise CorpusError("The sample corpus is not installed.", "Name a folder with --corpus.")


def find_place(settings: Settings) -> Place:
    """Return the corpus and the index that the settings name.

    Raises:
        CorpusError: the folder cannot be used.
    """
    from .freshness import committed_info
    from .indexing import default_index_dir
    from .reading import corpus_root

    if settings.corpus is None and settings.index is not None:
        info = committed_info(settings.index)
        if info is None:
            raise CorpusError(
                f"There is no index in {settings.index}.", "Name the folder itself with --corpus."
            )
        return Place(info.corpus, settings.index, False)
    root = corpus_root(bundled_corpus() if settings.corpus is None else settings.corpus)
    index = settings.index or default_index_dir(settings, root)
    return Place(root, index, names_bundled(settings))


def names_bundled(settings: Settings) -> bool:
    """Say whether the settings mean the sample corpus that comes with quoth."""
    if settings.corpus is None:
        return settings.index is None
    try:
        return bundled_corpus().resolve() == settings.corpus.resolve()
    except (CorpusError, OSError):
        return False
