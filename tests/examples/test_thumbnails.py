"""The processors for Django, called as its libraries call them."""

import importlib.util
import io
from pathlib import Path

import PIL.Image
import pytest
from helpers import blobs

PATH = Path(__file__).parent.parent.parent / "examples" / "thumbnails.py"


@pytest.fixture(scope="module")
def thumbnails():
    spec = importlib.util.spec_from_file_location("thumbnails", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def colors(image):
    return len(image.getcolors(1 << 16))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("k", [2, 16])
def test_both_processors_give_pictures_of_few_colors_that_can_be_saved(thumbnails, mode, k):
    image = PIL.Image.fromarray(blobs(1, 30 * 40).reshape(30, 40, 3)).convert(mode)
    # easy-thumbnails: processor(image, size=..., and whatever the template says)
    easy = thumbnails.few_colors(image, size=(20, 20), crop=True, few_colors=str(k))
    kit = thumbnails.FewColors(k).process(image)
    for found in (easy, kit):
        assert found.size == image.size
        assert colors(found) <= k
        stream = io.BytesIO()
        found.save(stream, "PNG")
        assert colors(PIL.Image.open(stream)) <= k
    assert thumbnails.few_colors(image, size=(20, 20)) is image
