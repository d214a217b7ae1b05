"""What several tests share: pictures made by code."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import browsers
import numpy as np
import pytest
from helpers import blobs, sample
from hypothesis import HealthCheck, settings

from pixmeans.image import Image

# Tests never assert time, not even that of drawing examples: a busy machine is no fault.
settings.register_profile("whole", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# `make check` asks for this one: a law that some examples break is broken by one of the first, mostly.
settings.register_profile("fast", settings.get_profile("whole"), max_examples=12)
# `make test` asks for this one, so that it ends in a quarter of an hour on two cores; PROFILE=whole is for all of them.
settings.register_profile("some", settings.get_profile("whole"), max_examples=14)
settings.load_profile("whole")


# A shell's background jobs ignore Ctrl-C, and so would all commands that tests start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def sample_reef() -> Image:
    """The sample picture `reef`, 640x480, painted once for all tests."""
    return sample("reef")


@pytest.fixture
def photo() -> np.ndarray:
    """(60, 80, 3) uint8 with a few thousand colors."""
    return blobs(1, 60 * 80).reshape(60, 80, 3)


@pytest.fixture
def photo_with_alpha() -> np.ndarray:
    """(50, 70, 4) uint8: opaque, translucent and fully transparent pixels."""
    pixels = np.concatenate([blobs(2, 50 * 70), np.full((50 * 70, 1), 255, np.uint8)], axis=1)
    rng = np.random.default_rng(3)
    pixels[rng.random(len(pixels)) < 0.2, 3] = 0
    translucent = rng.random(len(pixels)) < 0.3
    pixels[translucent, 3] = rng.integers(1, 255, int(translucent.sum()))
    return pixels.reshape(50, 70, 4)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A running chromium; tests that ask for it are marked `browser`, and skipped where there is none."""
    lacking = browsers.missing()
    if lacking:
        pytest.skip(lacking)
    with browsers.chromium() as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that drive a browser, whichever fixture they ask for it by, and all of their folder."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()) or item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says how many browser tests ran, so that nobody takes those that were skipped for passed."""
    reports = [
        report for found in terminalreporter.stats.values() for report in found if isinstance(report, pytest.TestReport)
    ]
    ours = [report for report in reports if "browser" in report.keywords]
    ran = [report for report in ours if report.when == "call" and report.outcome != "skipped"]
    skipped = [report for report in ours if report.outcome == "skipped"]
    if ran:
        terminalreporter.write_line(f"browser tests: {len(ran)} ran in {browsers.CHROMIUM}")
    if skipped:
        why = browsers.missing() or "see above"
        terminalreporter.write_line(f"browser tests: {len(skipped)} did NOT run: {why}", yellow=True)
