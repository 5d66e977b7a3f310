"""Settings as one line of JSON, for a process of ours."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

from retrieval import Settings


def packed(settings: Settings) -> str:
    """Return settings as one line of JSON."""
    values = {f.name: getattr(settings, f.name) for f in fields(settings)}
    values["sources"] = dict(settings.sources)
    return json.dumps(values, default=str)


def unpacked(text: str) -> Settings:
    """Return the settings that :func:`packed` wrote."""
    values = json.loads(text)
    for field in fields(Settings):
        if "Path" in str(field.type) and values[field.name] is not None:
            values[field.name] = Path(values[field.name])
    return Settings(**values)


def home() -> str:
    """Return the folder that this package lies in, so that a process finds it."""
    return str(Path(__file__).resolve().parent.parent)
