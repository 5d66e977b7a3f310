"""What passes between the terminal UI and its engine comes out as it went in, and nothing else."""

from __future__ import annotations

import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import Document, Hit, Passage, QuothError, Section
from tui.engine import Engine, NotIndexedError
from tui.served import Host
from tui.wire import receive, send

_TEXTS = st.text(st.characters(), max_size=8)  # lone surrogates too: names of files hold them
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(_TEXTS | st.just("$"), inner, max_size=3)
    ),
    max_leaves=8,
)


def there_and_back(value: object) -> Any:  # noqa: ANN401
    line = io.BytesIO()
    send(line, value)
    assert line.getvalue().count(b"\n") == 1
    return receive(io.BytesIO(line.getvalue()))


@given(_VALUES)
def test_plain_values_come_out_as_they_went_in(value: object) -> None:
    assert there_and_back(value) == value


def test_a_document_is_sent_once() -> None:
    document = Document("a\udcff.txt", "A", "0" * 64, "utf-8", 1.5, "x" * 10_000, 10_000,
                        sections=(Section(0, "x"),))  # fmt: skip
    hits = [Hit(Passage(document, at, at + 9), 0.5, at + 1, {"dense": 0.1}) for at in range(20)]
    line = io.BytesIO()
    send(line, hits)
    assert len(line.getvalue()) < 20_000
    again = receive(io.BytesIO(line.getvalue()))
    assert again == hits
    assert again[0].passage.document is again[19].passage.document


def test_errors_keep_their_kind_and_others_become_one() -> None:
    error = there_and_back(NotIndexedError("There is none.", "Make one."))
    assert (type(error), error.message, error.hint) == (
        NotIndexedError, "There is none.", "Make one.",
    )  # fmt: skip
    assert "ZeroDivisionError" in there_and_back(ZeroDivisionError("by zero")).message


def test_who_asks_for_what_cannot_be_sent_hears_of_it(engine: Engine) -> None:
    (calls, asking), (answers, answering) = os.pipe(), os.pipe()
    host = Host(engine)
    host.open()
    place, engine._place = engine.place(), object()  # type: ignore[assignment]
    try:
        with (
            os.fdopen(calls, "rb") as read, os.fdopen(answering, "wb") as write,
            os.fdopen(answers, "rb") as heard,
        ):  # fmt: skip
            serving = threading.Thread(target=host.serve, args=(read, write), daemon=True)
            serving.start()
            with os.fdopen(asking, "wb") as ask:
                send(ask, [1, "place", []])
                number, value, error = receive(heard)
            serving.join(10)
    finally:
        engine._place = place
    assert (number, value) == (1, None)
    assert "cannot be sent" in error.message


def test_nothing_else_can_be_sent_or_made() -> None:
    with pytest.raises(TypeError):
        send(io.BytesIO(), object())
    for kind in ("Popen", "Engine", "os.system"):
        line = json.dumps({"$": kind, "of": {}}).encode() + b"\n"
        with pytest.raises(ValueError, match="no message"):
            receive(io.BytesIO(line))
    with pytest.raises(EOFError):
        receive(io.BytesIO(b'["cut sh'))
    assert isinstance(there_and_back(QuothError("a")), QuothError)
    assert there_and_back(Path("a")) == Path("a")
