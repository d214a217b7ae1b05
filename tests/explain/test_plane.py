"""k-means in a plane: what the pictures say is what the run did."""

from itertools import pairwise

import numpy as np
import PIL.Image
import pytest

from pixmeans.explain import export, style
from pixmeans.explain.animation import save_animation
from pixmeans.explain.plane import drawing as plane_drawing
from pixmeans.explain.plane import half_steps as plane
from pixmeans.explain.plane.data import EXAMPLES, blobs, lucky, unlucky

ALL = pytest.mark.parametrize("name", list(EXAMPLES))


@ALL
def test_the_run_ends_exactly_when_no_point_changes_side(name):
    steps = EXAMPLES[name]().steps
    changed = [step.changed for step in steps if step.phase == "assign"]
    assert steps[-1].converged
    assert changed[-1] == 0
    assert all(changed[:-1])


@ALL
def test_the_objective_never_rises_from_half_step_to_half_step(name):
    objectives = [moment.objective for moment in plane.moments(EXAMPLES[name]())[1:]]
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(objectives))


@ALL
def test_objective_and_counts_are_those_of_the_run(name):
    example = EXAMPLES[name]()
    for moment, step in zip(plane.moments(example)[1:], example.steps, strict=True):
        assert sum(moment.counts) == len(example.points)
        if step.phase == "assign":
            assert moment.objective == pytest.approx(step.inertia)
            assert moment.counts == tuple(step.weights)


@ALL
def test_points_lie_in_the_square_and_are_the_same_every_time(name):
    points = EXAMPLES[name]().points
    assert points.min() > 0
    assert points.max() < 1
    assert (points == EXAMPLES[name]().points).all()


@ALL
def test_cells_hold_the_points_that_are_nearest(name):
    example = EXAMPLES[name]()
    from matplotlib.path import Path

    labels = example.steps[0].labels
    for which in range(example.k):
        corners = plane_drawing.cell_of(example.start, which)
        inside = Path(corners).contains_points(example.points, radius=1e-9)
        assert (
            inside[labels == which].all() or Path(corners[::-1]).contains_points(example.points)[labels == which].all()
        )


def test_iterations_are_numbered_in_halves():
    told = plane.moments(blobs())
    heads = [plane.headline(moment) for moment in told]
    assert heads[:4] == ["Start", "Iteration 1 · Assign", "Iteration 1 · Update", "Iteration 2 · Assign"]
    assert plane.subtitle(blobs(), told[-1]) == "Converged at iteration 4: no point changed side."


def test_changed_points_are_counted_with_their_denominator():
    told = plane.moments(blobs())
    assert int(told[3].changed.sum()) == 28
    assert "28 of 102 points changed side" in plane.subtitle(blobs(), told[3])


def test_a_movement_goes_downhill_all_the_way():
    example = blobs()
    told = plane.moments(example)
    objectives = [plane.between(example, told[1], told[2], t).objective for t in np.linspace(0, 1, 9)]
    assert objectives[0] == pytest.approx(told[1].objective)
    assert objectives[-1] == pytest.approx(told[2].objective)
    assert objectives == sorted(objectives, reverse=True)


def test_the_empty_cluster_stays_empty_and_where_it_is():
    example = EXAMPLES["empty"]()
    assert plane.moments(example)[-1].counts[2] == 0
    assert (example.steps[-1].centroids[2] == example.start[2]).all()


def test_two_starts_on_the_same_points_end_in_different_minima():
    assert (lucky().points == unlucky().points).all()
    good, bad = plane.moments(lucky())[-1], plane.moments(unlucky())[-1]
    assert set(good.counts) == {26}
    assert bad.objective > 5 * good.objective


def inside(fig):
    width, height = style.size_of(fig)
    export.pixels_of(fig)
    renderer = fig.canvas.get_renderer()
    texts = [*fig.texts, *(text for ax in fig.axes for text in ax.texts)]
    boxes = [text.get_window_extent(renderer) for text in texts if text.get_text()]
    return all(box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height for box in boxes)


@pytest.mark.slow
@pytest.mark.parametrize("figure", [plane.scatter, plane.assignment, plane.update])
def test_stills_are_small_svg_files_with_all_words_inside(figure, tmp_path):
    fig = figure()
    assert inside(fig)
    size = export.save_still(fig, tmp_path / "a.svg", title="t", caption=plane.caption_of(), meta=blobs().meta)
    assert size <= 60_000


@pytest.mark.slow
@ALL
def test_contact_sheets_are_small_and_have_all_words_inside(name, tmp_path):
    example = EXAMPLES[name]()
    fig = plane.convergence(example)
    assert inside(fig)
    size = export.save_still(fig, tmp_path / "a.png", title="t", caption=plane.caption_of(example), meta=example.meta)
    assert size <= 400_000


@pytest.mark.slow
@ALL
def test_numbers_stand_beside_points_and_crosses(name):
    example = EXAMPLES[name]()
    fig = style.figure((600, 600), stage=False)
    ax = style.axes(fig, (20, 20, 560, 560))
    plane_drawing.draw_frame(ax)
    numbers = plane_drawing.number_places(ax, example.start, example.points)
    to_points = 72 / fig.dpi
    spots = ax.transData.transform(example.start) * to_points + numbers
    others = ax.transData.transform(np.concatenate([example.points, example.start])) * to_points
    apart = np.hypot(*(spots[:, None] - others[None]).transpose(2, 0, 1))
    # Half a number is 4 points high, half of a point's marker 3.3.
    assert apart.min() > 7.3
    assert np.hypot(*numbers.T).max() <= 2.5 * 15 + 1e-9


def test_numbers_move_away_from_points_and_only_then():
    ax = style.axes(style.figure((400, 400), stage=False), (0, 0, 400, 400))
    plane_drawing.draw_frame(ax)
    centroid = np.array([[0.5, 0.5]])
    (usual,) = plane_drawing.number_places(ax, centroid, np.array([[0.1, 0.1]]))
    assert np.hypot(*usual) == pytest.approx(15)  # beside the x, to the right
    assert usual[0] > abs(usual[1]) > 0
    at_it = centroid + usual / (400 * 0.72)
    (other,) = plane_drawing.number_places(ax, centroid, at_it)
    assert np.hypot(*(other - usual)) > 7.3


@pytest.mark.slow
def test_two_starts_have_all_words_inside():
    assert inside(plane.two_starts(lucky(), unlucky()))


@pytest.mark.slow
def test_the_animation_has_23_frames_and_ends_converged(tmp_path):
    frames = list(plane.convergence_frames())
    result = save_animation(frames, tmp_path / "a.gif", title="t", caption="c", meta={})
    assert result.size_bytes < 200_000
    with PIL.Image.open(tmp_path / "a.gif") as picture:
        assert picture.n_frames == len(frames) == 23
        times = []
        for number in range(23):
            picture.seek(number)
            times.append(picture.info["duration"])
        assert picture.size == (800, 600)
    assert (times[0], times[-1]) == (1200, 2500)
    assert times[2:7] == [80] * 5


@pytest.mark.slow
def test_the_other_animations_start_and_end_as_the_stills_do():
    last = list(plane.update_frames())[-1]
    assert (last.pixels == export.pixels_of(plane.update())).all()
    *_, last = plane.assignment_frames()
    assert (last.pixels == export.pixels_of(plane.assignment())).all()
    first, *_, last = plane.scatter_frames()
    assert (first.milliseconds, last.milliseconds) == (1200, 2500)
