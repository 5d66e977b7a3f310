"""Embed what an index lacks vectors of, so that nothing is ever embedded twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .encoder import Encoder
from .records import Progress
from .store import Writer

_BATCH = 256
"""Texts embedded between two commits; what an interruption can cost at most."""
_TOGETHER, _TEXTS = 64, 20_000
"""Contents, and about how many texts of theirs, that are held in memory and sorted together."""


def embed(
    writer: Writer, encoder: Encoder, contents: Sequence[int], tell: Callable[[Progress], None]
) -> int:
    """Embed the passages and sentences of ``contents`` that have no vector by ``encoder``.

    Each batch is kept at once. Progress counts texts; one that is known already is done
    as soon as it is looked at.

    Returns:
        How many texts went through the encoder.
    """
    groups = _groups([(content, writer.count_texts([content])) for content in contents])
    total, done, embedded = sum(count for _, count in groups), 0, 0
    for group, count in groups:
        missing = writer.missing_vectors(encoder.spec.id, group)
        # Like lengths together: less padding, and a progress that moves evenly.
        missing.sort(key=lambda pair: (len(pair[1]), pair[0]))
        for first in range(0, len(missing), _BATCH):
            part = missing[first : first + _BATCH]
            start = done + count - len(missing) + first
            tell(Progress("encode", start, total))
            vectors = encoder.encode_documents(
                [text for _, text in part], _counter(start, len(part), total, tell)
            )
            writer.add_vectors(encoder.spec.id, [key for key, _ in part], vectors)
        done += count
        embedded += len(missing)
    if embedded:
        tell(Progress("encode", total, total))
    return embedded


def _groups(sized: Sequence[tuple[int, int]]) -> list[tuple[list[int], int]]:
    """Put contents together, each given with its number of texts; give each group's number."""
    groups: list[tuple[list[int], int]] = []
    for content, count in sized:
        group, texts = groups[-1] if groups else ([], 0)
        if group and len(group) < _TOGETHER and texts + count <= _TEXTS:
            groups[-1] = ([*group, content], texts + count)
        else:
            groups.append(([content], count))
    return groups


def _counter(
    start: int, count: int, total: int, tell: Callable[[Progress], None]
) -> Callable[[int], None]:
    """Return what an encoder calls within a batch; a long text is encoded in several pieces."""
    done = 0

    def count_up(pieces: int) -> None:
        nonlocal done
        done = min(count - 1, done + pieces)  # the last is done when all are kept
        tell(Progress("encode", start + done, total))

    return count_up
