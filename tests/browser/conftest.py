"""A studio that listens, and its page in a browser: opened once for all tests, since that is what takes long."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from helpers import sample
from studio_client import TOKEN, running
from studio_page import StudioPage, opened

from pixmeans.codecs.truecolor import truecolor_png
from pixmeans.explain.page import bundle
from pixmeans.explain.samples import REEF_FISH
from pixmeans.image import Image


@pytest.fixture(scope="session")
def address(browser: Any) -> Iterator[str]:
    """Where a studio is; only when there is a browser to show it in."""
    with running() as client:
        yield f"{client.origin}/?token={quote(TOKEN)}"


@pytest.fixture(scope="session")
def alone(browser: Any) -> Iterator[str]:
    """Where the same page is without Python behind it: one file, with the samples in it."""
    # First a part of reef, with a fish: small enough to be computed in no time.
    small = Image(np.ascontiguousarray(sample("reef").pixels[170:290, 290:450]))
    samples = [{"name": "small", "label": "small", "src": data_uri(small), "region": [48, 50, 70, 44, "the fish"]}]
    for name in ("reef", "sky", "sprite", "screenshot"):
        samples.append({"name": name, "label": name, "src": data_uri(sample(name))})
    samples[1]["region"] = [*REEF_FISH, "the fish"]
    page = bundle.page({"mode": "docs", "samples": samples}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *words: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def data_uri(image: Image) -> str:
    """A picture as the address of itself."""
    return f"data:image/png;base64,{base64.b64encode(truecolor_png(image)).decode()}"


@pytest.fixture(scope="session")
def wide(browser: Any, alone: str) -> Iterator[StudioPage]:
    """The page without Python."""
    studio = opened(browser, alone)
    studio.usual = "small"
    yield studio
    studio.page.context.close()


@pytest.fixture(scope="session")
def served(browser: Any, address: str) -> Iterator[StudioPage]:
    """The page that the studio serves."""
    studio = opened(browser, address)
    yield studio
    studio.page.context.close()


@pytest.fixture(autouse=True)
def _no_complaint(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test may leave an error in the console, or make the page ask anybody but its own server."""
    yield
    for name in {"wide", "served"} & set(request.fixturenames):
        studio = request.getfixturevalue(name)
        errors, strangers = list(studio.errors), list(studio.strangers)
        studio.errors.clear()
        studio.strangers.clear()
        assert errors == []
        assert strangers == []


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tells how long frames took: figures to look at, which no test depends on."""
    for found in terminalreporter.stats.values():
        for report in found:
            if isinstance(report, pytest.TestReport) and report.when == "call" and "browser" in report.keywords:
                for name, value in report.user_properties:
                    terminalreporter.write_line(f"browser tests: {name} {value}")
