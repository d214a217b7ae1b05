"""What can be asked of the studio, and the answers. docs/studio.md has the table."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from .. import __version__
from ..clustering.kmeans import Step
from ..errors import PixmeansError, shown
from ..explain.page import bundle
from ..explain.samples import REEF_FISH
from .guard import HOSTS, MOST_UPLOAD, MOST_WORDS, Guard, RefusedError, body_of, refusal
from .work import EXPORTS, FILE_TYPES, OFFERED, MadeFile, Picture, Work, file_name, settings_for

Answer = Callable[[Request], Awaitable[Response]]
MOST_NAME = 200  # letters


class Studio:
    """The application around one `Work`. first: the name of the picture that the page opens on, None for `reef`."""

    def __init__(self, work: Work, token: str, first: str | None = None) -> None:
        self._work = work
        self._token = token
        self._first = first
        routes = [
            Route("/", self._told(self.page)),
            Route("/api/pictures", self._told(self.upload), methods=["POST"]),
            Route("/api/pictures/{name}.png", self._told(self.picture)),
            Route("/api/runs", self._told(self.run), methods=["POST"]),
            Route("/api/files", self._told(self.file), methods=["POST"]),
            Route("/api/files/{name}.{format}", self._told(self.made)),
            Route("/api/exports", self._told(self.export), methods=["POST"]),
        ]
        hosts = Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False)
        self.app = Starlette(routes=routes, middleware=[hosts, Middleware(Guard, token=token)])

    def _told(self, answer: Answer) -> Answer:
        """The answer, or one clear line that says why there is none."""

        async def told(request: Request) -> Response:
            try:
                return await answer(request)
            except RefusedError as error:
                return refusal(error.status, str(error))
            except PixmeansError as error:
                return refusal(422, str(error))
            except MemoryError:
                return refusal(507, "not enough memory: take a smaller picture")
            except Exception as error:
                return refusal(
                    500, f"something unforeseen went wrong, {type(error).__name__}: {shown(str(error))[:200]}"
                )

        return told

    async def page(self, request: Request) -> Response:
        """The page, with the picture that it opens on."""
        key = self._first or next(iter(OFFERED))
        picture = await self._work.run(lambda: self._work.picture(key))
        data = {
            "mode": "studio",
            "version": __version__,
            "token": self._token,
            "samples": [
                {"name": name, "label": label, **_source(name), **self._known(name)} for name, label in OFFERED.items()
            ],
            "picture": _told_of(key, picture) if self._first else None,
            "settings": {},
            "facts": None,
        }
        return HTMLResponse(bundle.page(data, title="pixmeans studio"))

    def _known(self, name: str) -> dict[str, Any]:
        """The bytes of a sample that is painted already; what the page follows in it, as x, y, width, height, name."""
        painted = self._work.painted(name)
        told: dict[str, Any] = {} if painted is None else {"bytes": painted.size_bytes}
        return {**told, "region": [*REEF_FISH, "the fish"]} if name == "reef" else told

    async def upload(self, request: Request) -> Response:
        """A file of any format becomes a picture."""
        told = unquote(request.headers.get("x-filename", ""), errors="replace")
        name = re.split(r"[/\\]", told)[-1][-MOST_NAME:] or "the picture"
        async with self._work.uploading:
            data = await body_of(request, MOST_UPLOAD)
            key, picture = await self._work.run(lambda: self._work.open(data, name))
        return _json(_told_of(key, picture))

    async def picture(self, request: Request) -> Response:
        """The pixels of a picture."""
        name = request.path_params["name"]
        data = await self._work.run(lambda: self._work.picture(name).png)
        return Response(data, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})

    async def run(self, request: Request) -> Response:
        """The half-steps of an exact run, a line each."""
        picture, wishes = await self._asked(request)
        settings = settings_for(picture, wishes.get("settings", {}))
        steps = self._work.each_step(self._work.steps(picture, settings))
        first = await anext(steps)  # what is wrong with the settings is told before the first line

        async def lines() -> AsyncIterator[str]:
            yield _line(first)
            async for step in steps:
                yield _line(step)

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    async def file(self, request: Request) -> Response:
        """A file with its numbers."""
        picture, wishes = await self._asked(request)
        format = wishes.get("format", "png")
        if format not in FILE_TYPES:
            raise RefusedError(422, f"format must be one of {', '.join(FILE_TYPES)}, got {str(format)[:40]!r}")
        settings = settings_for(picture, wishes.get("settings", {})).but(format=format)
        return _json(await self._work.run(lambda: self._work.file(picture, settings)))

    async def made(self, request: Request) -> Response:
        """A file that was made."""
        found = self._work.files.get(request.path_params["name"])
        if found is None:
            raise RefusedError(404, "this file is not here any more: make it again")
        return Response(found.data, media_type=found.media_type)

    async def export(self, request: Request) -> Response:
        """An animation, a still or the report, to be saved."""
        picture, wishes = await self._asked(request)
        kind = wishes.get("kind")
        if kind not in EXPORTS:
            raise RefusedError(422, f"kind must be one of {', '.join(EXPORTS)}, got {str(kind)[:40]!r}")
        settings = settings_for(picture, wishes.get("settings", {}))
        made: MadeFile = await self._work.run(lambda: self._work.export(picture, settings, kind))
        words = "report" if kind == "report" else f"k{settings.k}-steps"
        name = file_name(picture, words, EXPORTS[kind][2])
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(made.data, media_type=made.media_type, headers=headers)

    async def _asked(self, request: Request) -> tuple[Picture, dict[str, Any]]:
        """The picture and the wishes of a JSON body. Raises RefusedError."""
        try:
            wishes = json.loads(await body_of(request, MOST_WORDS))
        except ValueError:
            raise RefusedError(400, "the request is not JSON") from None
        except RecursionError:
            raise RefusedError(400, "the request is nested too deeply") from None
        if not isinstance(wishes, dict):
            raise RefusedError(400, "the request must be an object")
        return await self._work.run(lambda: self._work.picture(wishes.get("picture"))), wishes


def _source(name: str) -> dict[str, str]:
    return {"id": name, "src": f"/api/pictures/{name}.png"}


def _told_of(name: str, picture: Picture) -> dict[str, Any]:
    """What the page is told of a picture."""
    return {
        **_source(name),
        "name": shown(picture.name),
        "width": picture.image.width,
        "height": picture.image.height,
        "bytes": picture.size_bytes,
        "format": picture.format,
        "frames": picture.frames,
        "notes": list(picture.notes),
    }


def _line(step: Step) -> str:
    """A half-step as JSON."""
    told = {
        "iteration": step.iteration,
        "phase": step.phase,
        "centroids": step.centroids.tolist(),
        "weights": step.weights.tolist(),
        "inertia": step.inertia,
        "changed": step.changed,
        "shift": step.shift,
        "refilled": list(step.refilled),
        "converged": step.converged,
    }
    return json.dumps(told, separators=(",", ":")) + "\n"


def _json(value: dict[str, Any]) -> Response:
    """JSON in ASCII: a name with half a pair in it is no UTF-8."""
    return Response(json.dumps(value).encode("ascii"), media_type="application/json")
