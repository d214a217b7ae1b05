"""Who may ask the studio, how much, and what its page may do.

A server on this computer can be reached by every page that a browser shows and by every program of every user. So:

- only names of this computer are answered (a page may point a name of its own at 127.0.0.1: DNS rebinding);
- every address but those of pictures and files, which are secrets themselves (samples, which everybody has, are not),
  needs the token that only the browser that was opened knows;
- what another page sends is refused (`Origin`, `Sec-Fetch-Site`), and no other page may show what is here;
- bodies have a limit, and are counted as they come, whatever their header says;
- the page runs the one script and the one style that are known by their hashes.
"""

from __future__ import annotations

import secrets
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..explain.page import bundle

HOSTS = ("127.0.0.1", "localhost")
TOKEN_HEADER = "X-Pixmeans-Token"

MOST_UPLOAD = 64 << 20
MOST_WORDS = 64 << 10  # of a JSON body


class RefusedError(Exception):
    """A request that is not answered: a status, and one line that says why."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def refusal(status: int, words: str) -> JSONResponse:
    """One clear line as JSON."""
    return JSONResponse({"error": words}, status)


class Guard:
    """Stands before the application: refuses strangers, and adds headers of safety to every answer."""

    def __init__(self, app: ASGIApp, *, token: str) -> None:
        self._app = app
        self._token = token
        self._policy = bundle.policy("'self'") + "; frame-ancestors 'none'"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._harden(message)
            await send(message)

        refused = self._refused(scope)
        await (refused or self._app)(scope, receive, send_safely)

    def _refused(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        path: str = scope["path"]
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{headers.get('host', '')}":
            return refusal(403, "another page asked: only the studio's own page is answered")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return refusal(403, "another page asked: only the studio's own page is answered")
        if path.startswith("/api/") and scope["method"] != "GET":
            if not self._knows(headers.get(TOKEN_HEADER)):
                return refusal(403, "the token is missing or wrong: open the address that the command printed")
        elif path == "/" and not self._knows(Request(scope).query_params.get("token")):
            return refusal(403, "the token is missing or wrong: open the address that the command printed")
        return None

    def _knows(self, given: str | None) -> bool:
        return given is not None and secrets.compare_digest(given.encode(), self._token.encode())

    def _harden(self, message: MutableMapping[str, Any]) -> None:
        headers = MutableHeaders(raw=message["headers"])
        headers["Content-Security-Policy"] = self._policy
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"  # the address of the page has the token
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers.setdefault("Cache-Control", "no-store")


async def body_of(request: Request, most: int) -> bytes:
    """The body of a request. Raises RefusedError where it is longer than `most`, as soon as that is known."""
    words = f"too large: at most {most >> 20} MB" if most >= 1 << 20 else f"too large: at most {most >> 10} kB"
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise RefusedError(413, words)
    parts = bytearray()
    async for part in request.stream():
        if len(parts) + len(part) > most:
            raise RefusedError(413, words)
        parts += part
    return bytes(parts)
