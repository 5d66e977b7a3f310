"""Start a person's own question set: a file that loads as it is and shows how to go on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from retrieval.blocks import blocks
from retrieval.errors import UsageError
from retrieval.reading import corpus_root, nothing_to_read, read_folder
from retrieval.records import Document

from .errors import QuestionSetError

_MAX_BYTES = 50_000_000
_LEAST, _MOST = 60, 400
"""Characters of a paragraph that makes a good example."""
_EXAMPLES = 3
_HEAD = """\
# Questions about {folder}, one JSON object a line. Empty lines and lines that start with # are
# passed over. To measure:  quoth eval run --questions {file}
#
# id          any name, once only; which half ("tune" or "test") a question is in depends on it
# kind        your own word for a group of questions that are reported together
# question    as a person would ask it
# history     earlier questions of the conversation, oldest first; may be left out
# answerable  false where the documents do not say it; then "gold" is []
# gold        every place that answers it: the document's path, and the very words in it.
#             "occurrence": 2 means the second place with these words; "side": "a" and "b" mark
#             statements that disagree, all of which have to be shown.
#
# The examples below quote your documents: put a real question in place of each.
"""


def start(folder: Path, target: Path) -> int:
    """Write a question set to begin with and return how many examples it holds.

    Raises:
        CorpusError: the folder cannot be used, or holds nothing that can be read.
        UsageError: the file would lie inside the corpus.
        QuestionSetError: the file is there already.
    """
    root = corpus_root(folder)
    if target.resolve().is_relative_to(root):
        raise UsageError(
            f"{target} would lie inside the folder it asks about.",
            "Name a file elsewhere: --output FILE",
        )
    items = list(read_folder(root, _MAX_BYTES))
    documents = [item for item in items if isinstance(item, Document)]
    if not documents:
        raise nothing_to_read(root, len(items))
    lines = list(_lines(documents))
    name = os.path.relpath(root, target.resolve().parent)
    head = _HEAD.format(folder=root, file=target)
    body = "\n".join(json.dumps(line, ensure_ascii=False) for line in [{"corpus": name}, *lines])
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(f"{head}\n{body}\n")
    except FileExistsError:
        raise QuestionSetError(
            f"There already is a file {target}.", "Name another --output."
        ) from None
    except OSError as error:
        raise QuestionSetError(
            f"{target} cannot be written: {error.strerror}.", "Name another --output."
        ) from error
    return len(lines)


def _lines(documents: list[Document]) -> Iterator[dict[str, object]]:
    examples = [found for found in map(_example, documents) if found is not None][:_EXAMPLES]
    for number, (path, quote) in enumerate(examples, start=1):
        yield {
            "id": f"example-{number}", "kind": "example",
            "question": "REPLACE THIS with a question that the words below answer",
            "history": [], "answerable": True, "gold": [{"path": path, "quote": quote}], "note": "",
        }  # fmt: skip
    yield {
        "id": f"example-{len(examples) + 1}", "kind": "unanswerable",
        "question": "REPLACE THIS with a question that the documents seem to answer and do not",
        "history": [], "answerable": False, "gold": [], "note": "what is said near it",
    }  # fmt: skip


def _example(document: Document) -> tuple[str, str] | None:
    """Return a paragraph of a document that stands in it once."""
    for block in blocks(document.text):
        quote = document.text[block.start : block.end]
        if _LEAST <= len(quote) <= _MOST and document.text.count(quote) == 1:
            return document.path, quote
    return None
