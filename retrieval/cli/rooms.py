"""Find what other rooms bring to a command, without reading every installed package."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from importlib import import_module
from pathlib import Path

from ..settings import Settings

Room = Callable[[Settings], int]


def rooms(group: str) -> Iterator[Room]:
    """Yield what the distribution itself registers in a group, then what others do.

    ``importlib.metadata`` would take a tenth of the time until the first screen.
    """
    for folder in sys.path:
        for listing in Path(folder or ".").glob("quoth-*.dist-info/entry_points.txt"):
            parser = ConfigParser(delimiters=("=",))
            parser.read_string(listing.read_text("utf-8"))
            if parser.has_section(group):
                for _, target in parser.items(group):
                    module, _, name = target.partition(":")
                    room: Room = getattr(import_module(module), name)
                    yield room
    from importlib.metadata import entry_points

    for point in entry_points(group=group):
        yield point.load()
