"""The color cloud: places, depth, true colors."""

import numpy as np
import pytest

from pixmeans.color.histogram import Histogram, count_colors
from pixmeans.explain import cloud, export, style


def histogram(*colors):
    return count_colors(np.array([colors], np.uint8))


def splat(colors, *, space="rgb", width, height):
    return cloud.Splat(colors, space).draw(cloud.HOME[space], width, height)


def test_black_is_below_white_and_distances_are_true():
    for space in ("rgb", "oklab"):
        places = cloud.places_of(np.array([[0, 0, 0], [255, 255, 255]], np.uint8), space)
        spots, _ = cloud.HOME[space].project(places, 400, 400)
        assert spots[0, 1] > spots[1, 1]
    red, green = cloud.places_of(np.array([[255, 0, 0], [0, 255, 0]], np.uint8), "rgb")
    assert np.isclose(((red - green) ** 2).sum(), 2)  # one unit is the cube's side in all directions


def test_a_dot_has_its_true_color():
    color = (243, 115, 19)
    view = splat(histogram(color), width=120, height=120).reshape(-1, 3)
    assert (view == color).all(axis=1).any()


def test_near_dots_cover_far_ones():
    camera = cloud.Camera(azimuth=0, elevation=0, distance=3.4)
    # With the camera straight on, blue is the way into depth: these two stand almost behind one another.
    near, far = (128, 128, 0), (128, 128, 1)
    view = cloud.Splat(histogram(near, far)).draw(camera, 200, 200, dot=2)
    found = view[95:105, 95:105].reshape(-1, 3)
    assert (found == near).all(axis=1).any()
    assert not (found == far).all(axis=1).any()


def test_the_same_cloud_is_the_same_picture_and_paper_is_paper():
    one = splat(histogram((1, 2, 3), (200, 100, 50)), space="oklab", width=90, height=70)
    assert one.shape == (70, 90, 3)
    assert (one == splat(histogram((1, 2, 3), (200, 100, 50)), space="oklab", width=90, height=70)).all()
    assert style.hex_of(one[0, 0]).upper() == style.STAGE.paper


@pytest.mark.slow
def test_any_number_of_colors_is_one_image():
    # A dot a color would be an artist or a marker each, and seconds for a photo.
    colors = np.unique(np.random.default_rng(1).integers(0, 256, (72_000, 3), dtype=np.uint8), axis=0)
    views = [
        cloud.CloudView(style.axes(style.figure((300, 300)), (0, 0, 300, 300)), these)
        for these in (Histogram(colors, np.ones(len(colors), np.int64)), histogram((9, 8, 7)))
    ]
    assert [len(view.ax.images) for view in views] == [1, 1]
    assert len(views[0].ax.get_children()) == len(views[1].ax.get_children())
    many, one = ([len(marks.get_offsets()) for marks in view.ax.collections] for view in views)
    assert many == one
    drawn = views[0].ax.images[0].get_array()
    assert len(np.unique(drawn.reshape(-1, drawn.shape[2]), axis=0)) > 10_000


def test_circles_have_areas_like_shares():
    areas = cloud.circle_area(np.array([0.4, 0.2, 0.1, 0.0]))
    assert np.isclose(areas[0], 2 * areas[1])
    assert np.isclose(areas[1], 2 * areas[2])
    assert areas[3] > 0  # still to be seen


@pytest.mark.slow
def test_a_view_is_reused_and_the_followed_centroid_has_a_ring():
    fig = style.figure((300, 300))
    view = cloud.CloudView(style.axes(fig, (0, 0, 300, 300)), histogram((10, 10, 10), (240, 120, 20)))
    centroids = np.array([[10.0, 10, 10], [240, 120, 20]])
    for turn in (0.0, 40.0):
        view.turn(cloud.Camera(azimuth=turn))
        view.centroids(centroids, centroids.astype(np.uint8), np.array([0.9, 0.1]), trails=[centroids], accent=1)
        pixels = export.pixels_of(fig)
    accent = style.rgb_of(style.STAGE.accent)
    assert (pixels == accent).all(axis=2).sum() > 20
    assert len(view.ax.images) == 1


@pytest.mark.parametrize("space", ["rgb", "oklab"])
def test_transparent_colors_are_not_shown(space):
    with_clear = count_colors(np.array([[[0, 0, 0, 0], [250, 10, 10, 255]]], np.uint8))
    view = splat(with_clear, space=space, width=80, height=80)
    assert (view == splat(histogram((250, 10, 10)), space=space, width=80, height=80)).all()


def test_names_of_corners_leave_circles_and_each_other():
    fig = style.figure((300, 300))
    view = cloud.CloudView(style.axes(fig, (0, 0, 300, 300)), histogram((10, 10, 10), (240, 120, 20)))
    before = [np.array(word.get_position()) for word in view.words]
    # Centroids where the names of black and white stand.
    spots = [255 * (0.5 + 1.14 * (corner / 255 - 0.5)) for corner in np.array([[0.0] * 3, [255.0] * 3])]
    view.centroids(np.array(spots), np.zeros((2, 3), np.uint8), np.array([0.5, 0.5]))
    view.clear_words()
    after = [np.array(word.get_position()) for word in view.words]
    export.pixels_of(fig)
    renderer = fig.canvas.get_renderer()
    boxes = [word.get_window_extent(renderer) for word in view.words]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])
    centers = view.ax.transData.transform(view.circles.get_offsets())
    reach = np.sqrt(view.circles.get_sizes() / np.pi) * fig.dpi / 72
    for box in boxes:
        gap = np.maximum(np.maximum([box.x0, box.y0] - centers, centers - [box.x1, box.y1]), 0)
        assert (np.hypot(*gap.T) > reach).all()
    moved = [bool((one != other).any()) for one, other in zip(before, after, strict=True)]
    assert moved[cloud.NAMES.index("black")]
    assert moved[cloud.NAMES.index("white")]
    assert sum(moved) < len(moved)
