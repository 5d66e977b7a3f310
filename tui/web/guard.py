"""Who may come in: a secret in the address, and requests from our own page only."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "quoth",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_REFUSED = "This address needs the secret that quoth printed when it started.\n"


@dataclass(frozen=True, slots=True)
class Guard:
    """The address of one run, with its secret."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def host(self) -> str:
        """What a browser calls the machine: the loopback address and nothing else."""
        return f"127.0.0.1:{self.port}"

    @property
    def address(self) -> str:
        """What to open."""
        return f"http://{self.host}/{self.token}/"

    @property
    def policy(self) -> str:
        """The content security policy of the page.

        The terminal makes its style elements as it runs; no script may stand in the page.
        """
        return (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            f"font-src 'self'; img-src 'self' data:; connect-src 'self' ws://{self.host}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    def admits(self, request: web.Request) -> bool:
        """Say whether a request may be answered.

        The name in Host tells a page that made a name of its own point here; Origin tells
        other people's pages apart, which may open sockets to anywhere.
        """
        names = request.headers.getall("Host", [])
        origins = request.headers.getall("Origin", [])
        if names != [self.host] or origins not in ([], [f"http://{self.host}"]):
            return False
        if request.headers.get("Upgrade") and not origins:
            return False
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return False
        given = request.raw_path.split("/")[1].split("?")[0]
        return hmac.compare_digest(given.encode(), self.token.encode())


def middleware(guard: Guard) -> Middleware:
    """Return what stands before every handler."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not guard.admits(request):
            raise web.HTTPForbidden(text=_REFUSED, headers=_HEADERS)
        return await handler(request)

    return check


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add to every answer what keeps it from being used elsewhere."""
    response.headers.update(_HEADERS)
