"""The player of a notebook: what it shows is the run, in a frame that can do nothing else."""

from __future__ import annotations

import html
import json
import re

import numpy as np
import pytest
from helpers import blobs, sample

import pixmeans as pm
from pixmeans.explain.runs import Runs
from pixmeans.settings import Settings


def document_of(fragment: str) -> str:
    (frame,) = re.findall(r'<iframe [^>]*srcdoc="([^"]*)"></iframe>', fragment)
    return html.unescape(frame)


def data_of(document: str) -> dict:
    return json.loads(document.split('id="pixmeans-data">')[1].split("</script>")[0])


@pytest.fixture(scope="module")
def trace():
    return Runs(blobs(3, 40 * 50).reshape(40, 50, 3), Settings.article(k=6, seed=2)).main.trace


def test_a_trace_shows_its_own_half_steps(trace):
    steps = data_of(document_of(trace._repr_html_()))["steps"]
    assert len(steps) == len(trace.steps)
    for shown, step in zip(steps, trace.steps, strict=True):
        assert (shown["iteration"], shown["phase"], shown["error"]) == (step.iteration, step.phase, step.error)
        assert shown["colors"] == trace.colors_of(step).ravel().tolist()


def test_long_runs_are_shown_from_their_start_to_their_end(monkeypatch, trace):
    monkeypatch.setattr("pixmeans.explain.player.MOST_STEPS", 5)
    steps = data_of(document_of(trace._repr_html_()))["steps"]
    assert len(steps) == 5
    assert steps[0]["error"] == trace.steps[0].error
    assert steps[-1]["iteration"] == trace.steps[-1].iteration


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(1, 1, 3), (40, 50, 3), (40, 50, 4), (900, 1200, 3), (3, 5000, 3)])
def test_a_cell_of_a_notebook_stays_small(shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    fragment = pm.compress(pixels, 5, effort="fast", lossy="off", optimize=0)._repr_html_()
    player = fragment.split("<details>")[1]
    assert len(player) < 480_000
    picture = data_of(document_of(player))["picture"]
    assert picture["width"] * picture["height"] <= 100_000


def test_the_frame_may_run_its_script_and_nothing_else(trace):
    fragment = trace._repr_html_()
    assert 'sandbox="allow-scripts"' in fragment
    assert "<script" not in fragment  # all of it is within the attribute
    document = document_of(fragment)
    assert not re.findall(r'(?:src|href)="(?!data:)', document)


def test_in_a_browser_it_goes_through_the_run(browser, trace):
    page = browser.new_page()
    troubles = []
    page.on("pageerror", lambda error: troubles.append(error))
    page.set_content(f"<!doctype html><title>notebook</title>{trace._repr_html_()}")
    frame = page.frame_locator("iframe")
    error = f"Error {np.sqrt(trace.steps[0].error):.2f}"
    assert error in frame.locator("#words").inner_text()
    widths = frame.locator("#palette span").evaluate_all(
        "spans => spans.map((span) => span.getBoundingClientRect().width)"
    )
    assert len(widths) == 6
    assert widths[0] / sum(widths) == pytest.approx(trace.steps[0].shares[0], abs=0.02)
    frame.locator("#next").click()
    assert "Iteration 1, update" in frame.locator("#words").inner_text()
    frame.locator("#at").fill(str(len(trace.steps) - 1))
    assert "The run has ended." in frame.locator("#words").inner_text()
    assert f"Error {np.sqrt(trace.steps[-1].error):.2f}" in frame.locator("#words").inner_text()
    frame.locator("#play").click()  # from the start again
    assert "Iteration 0, assign" in frame.locator("#words").inner_text()
    frame.locator("#words", has_not_text="Iteration 0,").wait_for()  # and on by itself
    assert frame.locator("#play").inner_text() == "Pause"
    assert troubles == []
    page.close()


def test_in_a_browser_the_picture_is_drawn_in_the_colors_of_the_run(browser):
    result = pm.compress(sample("reef").pixels[::4, ::4], 7, space="rgb", seed=5)
    page = browser.new_page()
    page.set_content(f"<!doctype html><title>notebook</title>{result._repr_html_()}")
    page.locator("summary").click()
    frame = page.frame_locator("iframe")
    frame.locator("#palette span").first.wait_for()
    colors = frame.locator("#picture").evaluate(
        """canvas => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          const seen = new Set();
          for (let i = 0; i < data.length; i += 4) seen.add(data.slice(i, i + 3).join());
          return [...seen];
        }"""
    )
    steps = list(pm.steps(sample("reef").pixels[::4, ::4], settings=Settings.article(k=7, seed=5)))
    palette = {",".join(str(int(value + 0.5)) for value in color) for color in steps[0].centroids}
    assert set(colors) <= palette
    assert len(colors) == 7
    page.close()
