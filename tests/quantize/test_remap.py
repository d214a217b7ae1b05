import numpy as np
import pytest
from helpers import blobs

from pixmeans.color.histogram import Histogram, count_colors
from pixmeans.quantize.remap import remap


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (40, 33)])
def test_every_pixel_gets_the_label_of_its_color(channels, shape):
    pixels = blobs(1, shape[0] * shape[1], channels).reshape(*shape, channels)
    histogram = count_colors(pixels)
    labels = (np.arange(len(histogram)) % 256).astype(np.int32)
    expected = {bytes(color): label for color, label in zip(histogram.colors, labels, strict=True)}
    indices = remap(pixels, histogram, labels, 256)
    assert indices.shape == shape
    assert indices.ravel().tolist() == [expected[bytes(pixel)] for pixel in pixels.reshape(-1, channels)]


def test_a_histogram_of_another_picture_is_refused():
    pixels = blobs(1, 20, 4).reshape(4, 5, 4)
    histogram = count_colors(pixels)
    part = Histogram(histogram.colors[:3], histogram.weights[:3])
    with pytest.raises(ValueError, match="a color is missing"):
        remap(pixels, part, np.zeros(3, np.int32), 256)
