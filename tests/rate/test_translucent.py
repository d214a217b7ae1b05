"""Translucent pixels in lossy indices."""

import numpy as np
import pytest

import pixmeans as pm
from pixmeans.color.spaces import SPACES
from pixmeans.metrics import Reference
from pixmeans.rate.scene import FAR
from pixmeans.rate.translucent import TranslucentPixels, principal_axes


def glow(color, side=96, least=0.0):
    """A soft disc of one color."""
    y, x = (np.mgrid[:side, :side] + 0.5) / side - 0.5
    alpha = np.clip(1 - 2 * np.hypot(x, y), least, 1)
    picture = np.empty((side, side, 4), np.uint8)
    picture[..., :3] = color
    picture[..., 3] = (255 * alpha).round()
    picture[picture[..., 3] == 0] = 0
    return picture


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_principal_axes_are_numpys(size):
    points = np.random.default_rng(size).normal(size=(50, size)) * np.arange(1, size + 1)
    matrix = np.cov(points, rowvar=False).reshape(size, size)
    values, axes = principal_axes(matrix.tolist())
    assert values == pytest.approx(np.linalg.eigvalsh(matrix)[::-1].tolist())
    assert axes @ axes.T == pytest.approx(np.eye(size))
    assert axes @ matrix @ axes.T == pytest.approx(np.diag(values), abs=1e-9)


def test_opaque_pictures_and_edges_have_none(photo):
    assert TranslucentPixels.of(photo) is None
    assert TranslucentPixels.of(np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])) is None
    edge = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    edge[:, 0, 3] = 128
    assert TranslucentPixels.of(edge) is None


def test_pixels_that_fill_four_dimensions_are_left_alone():
    noise = np.random.default_rng(0).integers(1, 255, (40, 40, 4), dtype=np.uint8)
    assert TranslucentPixels.of(noise) is None


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (255, 120, 20), (20, 60, 250)])
def test_distances_are_those_of_k_means(color):
    picture = glow(color)
    soft = TranslucentPixels.of(picture)
    points = soft.points(slice(0, len(picture)))[soft.where].astype(float)
    grid = SPACES["oklab"].to_grid(picture[soft.where]).astype(float)
    grid[:, 1:3] *= 181 / 256
    random = np.random.default_rng(0)
    a, b = (random.integers(0, len(points), 200) for _ in range(2))
    mine, true = (np.linalg.norm(one[a] - one[b], axis=1) for one in (points, grid))
    assert np.abs(mine - true).max() < 0.01 * 2**14
    assert points[:, 0].min() >= 0  # as the search looks entries up


def test_entries_that_are_not_what_they_seem_are_not_used():
    soft = TranslucentPixels.of(glow((0, 0, 0)))
    entries = soft.entries(np.array([[0, 0, 0, 100], [250, 40, 10, 200], [0, 0, 0, 0]], np.uint8), FAR)
    assert (entries[:, 0] == FAR).tolist() == [False] + 255 * [True]
    indices = np.zeros(soft.where.shape, np.uint8)
    assert np.array_equal(soft.locked(entries, indices) == 0, soft.where)
    assert soft.locked(entries, indices + np.uint8(1)).all()


@pytest.mark.slow
@pytest.mark.parametrize("color", [(0, 0, 0), (255, 170, 60)])
@pytest.mark.parametrize("k", [16, 32])
def test_glows_and_shadows_take_half_the_bytes_for_a_point(color, k):
    picture = glow(color, 160)
    plain, lossy = (pm.compress(picture, k, lossy=way) for way in ("off", "auto"))
    reference = Reference(lossy.original)
    lost = reference.ssimulacra2(plain.indexed.to_image()) - reference.ssimulacra2(lossy.indexed.to_image())
    assert lost <= 1.25  # a point, and what plain indices without dithering may lose
    assert len(lossy.data) < 0.75 * len(plain.data) or plain.file.settings.dither == "none"
    clear = picture[..., 3] == 0
    assert not lossy.indexed.to_image().pixels[clear].any()
