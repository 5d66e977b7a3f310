"""Opening exported graphs with ONNX Runtime, offline and silent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import ModelError
from .base import send_nothing

_SLOWER = ["SkipLayerNormFusion"]
"""What the runtime joins takes three times what its parts take: 13 % of a text on eight bits (ONNX
Runtime 1.31, docs/experiments.md)."""


def opened(graph: Path, threads: int) -> Any:  # noqa: ANN401  (the runtime has no types)
    """Return a session on the processor.

    Args:
        graph: an ONNX file.
        threads: of one run; several runs may be at work at a time.
    """
    send_nothing()
    import onnxruntime as ort

    ort.disable_telemetry_events()  # where somebody else has loaded it before
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A thread that spins while it waits for work takes the core from whatever else runs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return ort.InferenceSession(
        str(graph), options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
    )


@contextmanager
def whole(path: Path, remedy: str) -> Iterator[None]:
    """Turn what the libraries raise over a damaged model into an error that names it."""
    try:
        yield
    except Exception as error:  # each of the libraries raises types of its own
        raise ModelError(
            f"The exported model in {path} is damaged ({type(error).__name__}).", remedy
        ) from error


def cores() -> int:
    """Return how many cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
