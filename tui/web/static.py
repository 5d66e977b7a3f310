"""The page and its files, by fixed names; nothing is looked up on disk by request."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib import resources
from importlib.resources.abc import Traversable

from aiohttp import web

from .guard import Guard

_OURS = resources.files(__package__)
_THEIRS = resources.files("textual_serve") / "static"

FILES: Mapping[str, tuple[Traversable, str]] = {
    "page.css": (_OURS / "page.css", "text/css"),
    "page.js": (_OURS / "page.js", "text/javascript"),
    "terminal.css": (_THEIRS / "css" / "xterm.css", "text/css"),
    "terminal.js": (_THEIRS / "js" / "textual.js", "text/javascript"),
    "mono.ttf": (_THEIRS / "fonts" / "RobotoMono-VariableFont_wght.ttf", "font/ttf"),
    "mono-italic.ttf": (_THEIRS / "fonts" / "RobotoMono-Italic-VariableFont_wght.ttf", "font/ttf"),
}
"""What the page loads."""


def page(guard: Guard, title: str) -> web.Response:
    """Return the page that holds the terminal."""
    template = (_OURS / "page.html").read_text("utf-8")
    socket = f"ws://{guard.host}/{guard.token}/ws"
    text = template.replace("{socket}", escape(socket)).replace("{title}", escape(title))
    return web.Response(
        text=text, content_type="text/html", headers={"Content-Security-Policy": guard.policy}
    )


def file(name: str) -> web.Response:
    """Return one of the files that the page loads.

    Raises:
        web.HTTPNotFound: it loads no such file.
    """
    if name not in FILES:
        raise web.HTTPNotFound(text="There is no such file.\n")
    place, kind = FILES[name]
    return web.Response(body=place.read_bytes(), content_type=kind, charset=None)
