"""A port of this computer, the browser that is opened on it, and the end."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress

import uvicorn

from ..errors import UsageError
from .app import Studio
from .guard import HOSTS
from .work import Work

ADDRESS = HOSTS[0]
GRACE = 1  # seconds that open connections have at the end


def serve(
    data: bytes | None = None,
    name: str = "",
    *,
    port: int = 0,
    opened: Callable[[str], None] = lambda address: None,
) -> None:
    """Serves the page until Ctrl-C, which comes back as KeyboardInterrupt.

    data, name: the file of the picture that it opens on; None for the sample `reef`. port: 0 for a free one. opened: is
    called with the page's address when it can be asked for. Raises UsageError (the port), InputError (the picture).
    """
    with closing(listening(port)) as listener, closing(Work()) as work:
        first = None if data is None else work.open(data, name)[0]
        work.warm(first)
        token = secrets.token_urlsafe(24)
        address = f"http://{ADDRESS}:{listener.getsockname()[1]}/?token={token}"
        config = uvicorn.Config(
            Studio(work, token, first).app,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=GRACE,
            h11_max_incomplete_event_size=16 << 10,
            limit_concurrency=100,
        )
        server = _Server(config, lambda: opened(address))
        server.run([listener])


class _Server(uvicorn.Server):
    """uvicorn's, which says when it listens."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._began = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self._began()


def listening(port: int) -> socket.socket:
    """A socket that listens on a port of this computer alone. Raises UsageError where it is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        with suppress(OSError):  # a port that was left a moment ago may be taken again
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ADDRESS, port))
        listener.listen(64)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"port {port} cannot be used: {error.strerror or error}; choose another with --port, or leave it out"
        ) from error
    return listener


def open_browser(address: str) -> None:
    """Opens a page in the person's browser; not in one that would take over the terminal."""
    import webbrowser

    def work() -> None:
        with suppress(webbrowser.Error):
            browser = webbrowser.get()
            in_terminal = isinstance(browser, webbrowser.GenericBrowser) and not isinstance(
                browser, webbrowser.BackgroundBrowser
            )
            if not in_terminal:
                browser.open(address)

    threading.Thread(target=work, daemon=True).start()  # some browsers keep whoever starts them waiting
