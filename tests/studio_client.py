"""A studio that listens on a port while a test goes on, and a client that sends it whatever it is told to."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import uvicorn

from pixmeans.studio.app import Studio
from pixmeans.studio.server import ADDRESS, listening
from pixmeans.studio.work import Work

TOKEN = "a token"


class Answer:
    """What came back."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status_code = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.content = answer.read()

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    """Speaks HTTP without manners of its own: headers are what the test says."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.origin = f"http://{ADDRESS}:{port}"

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return self._asked("GET", path, None, headers or {})

    def post(
        self, path: str, *, content: Any = None, json: Any = None, headers: dict[str, Any] | None = None
    ) -> Answer:
        body = _dumped(json) if content is None else content
        return self._asked("POST", path, body, headers or {})

    def _asked(self, method: str, path: str, body: Any, headers: dict[str, Any]) -> Answer:
        connection = http.client.HTTPConnection(ADDRESS, self.port, timeout=60)
        with closing(connection):
            chunked = body is not None and not isinstance(body, bytes)
            with suppress(BrokenPipeError, ConnectionResetError):  # it answered before it had heard all
                connection.request(method, path, body, headers, encode_chunked=chunked)
            return Answer(connection.getresponse())


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


@contextmanager
def running(work: Work | None = None, first: str | None = None) -> Iterator[Client]:
    """A studio on a free port, with a client for it."""
    own = work or Work()
    with closing(listening(0)) as listener, closing(own):
        config = uvicorn.Config(
            Studio(own, TOKEN, first).app, log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield Client(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()
