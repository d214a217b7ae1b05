"""What a run leaves behind."""

import json
from itertools import pairwise

import numpy as np
import pytest

import pixmeans as pm
from pixmeans.explain.figures.run import iterations
from pixmeans.explain.trace import Trace


def trace_of(picture, **knobs):
    settings = pm.Settings.article(**knobs)
    return Trace.of(pm.steps(picture, settings=settings), settings, pm.Image(picture))


def test_a_trace_says_what_the_steps_said(photo):
    trace = trace_of(photo, k=5, seed=3)
    steps = list(pm.steps(photo, k=5, seed=3))
    assert trace.iterations == steps[-1].iteration
    assert trace.converged == steps[-1].converged
    assert trace.errors == [step.inertia / photo[..., 0].size for step in steps if step.phase == "assign"]
    for kept, step in zip(trace.steps, steps, strict=True):
        assert (kept.iteration, kept.phase) == (step.iteration, step.phase)
        assert (kept.centroids == step.centroids).all()
        assert kept.shares.sum() == pytest.approx(1)


def test_a_trace_survives_json_exactly(photo):
    trace = trace_of(photo, k=5)
    again = Trace.from_json(trace.to_json())
    assert again.settings == trace.settings
    assert (again.width, again.height, again.pixels) == (80, 60, 4800)
    assert again.converged == trace.converged
    for one, other in zip(trace.steps, again.steps, strict=True):
        assert (one.centroids == other.centroids).all()
        assert (one.shares == other.shares).all()
        assert (one.error, one.shift, one.changed) == (other.error, other.shift, other.changed)
    assert again.to_json() == trace.to_json()


def test_json_holds_no_labels_and_each_centroid_once(photo):
    trace = trace_of(photo, k=16)
    steps = json.loads(trace.to_json())["steps"]
    assert all("labels" not in step for step in steps)
    assert sum("centroids" in step for step in steps) == trace.iterations + 1


def test_the_error_never_rises(photo):
    errors = trace_of(photo, k=16).errors
    assert all(later <= earlier for earlier, later in pairwise(errors))


def test_colors_are_rounded_centroids(photo):
    trace = trace_of(photo, k=5)
    assert (trace.colors_at(0) == np.floor(trace.centroids_at(0) + 0.5)).all()
    assert trace.colors_at(-1).shape == (5, 3)
    shares = trace.at(-1).shares[list(trace.order)]
    assert (shares[:-1] >= shares[1:]).all()


def test_transparent_pixels_are_not_counted(photo_with_alpha):
    trace = trace_of(photo_with_alpha, k=6)
    assert trace.pixels == (photo_with_alpha[..., 3] > 0).sum()
    assert trace.k == 5  # the sixth entry is the transparent one
    assert trace.colors_at(0).shape == (5, 3)
    assert trace.rgba_at(0).shape == (5, 4)


def test_one_pixel_and_one_color_have_traces():
    for picture in (np.zeros((1, 1, 3), np.uint8), np.full((1, 500, 3), 7, np.uint8)):
        trace = trace_of(picture, k=16)
        assert (trace.k, trace.converged, trace.errors) == (1, True, [0.0])


def test_words_and_metadata_say_k_start_and_seed(photo):
    trace = trace_of(photo, k=5, seed=9)
    assert trace.in_words() == "k = 5, start: random pixels, seed 9"
    assert (trace.meta["k"], trace.meta["init"], trace.meta["seed"]) == (5, "random-pixels", 9)
    assert trace_of(photo, k=5, space="oklab").in_words().endswith("in OKLab")


def test_no_steps_are_no_trace(photo):
    with pytest.raises(ValueError, match="at least one step"):
        Trace.of([], pm.Settings(), pm.Image(photo))


def test_a_trace_draws_its_errors(photo):
    settings = pm.Settings.article(k=4, seed=1)
    picture = pm.compress(photo, settings=settings).original
    trace = pm.Trace.of(pm.steps(picture, settings=settings), settings, picture)
    line = iterations(trace).lines[0]
    assert len(line.get_xdata()) == trace.iterations + 1
    errors = [step.inertia / (60 * 80) for step in pm.steps(photo, 4, seed=1) if step.phase == "assign"]
    assert np.allclose(np.square(line.get_ydata()), errors)
