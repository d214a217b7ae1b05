"""Whatever a file holds becomes an 8-bit sRGB picture, or one line that says what is wrong."""

import contextlib
import io
import itertools
import os
import struct
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import PIL.Image
import pytest
from codec_files import oriented, pixels, png, refused, saved, scene
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.codecs import decode, from_pil
from pixmeans.codecs.pixel_count import count_frames
from pixmeans.errors import InputError

# Formats


@pytest.mark.parametrize(
    ("format", "written", "options", "lossless"),
    [
        ("PNG", "PNG", {}, True),
        ("BMP", "BMP", {}, True),
        ("TGA", "TGA", {}, True),
        ("TGA", "TGA", {"compression": "tga_rle"}, True),
        ("PNM", "PPM", {}, True),
        ("QOI", "QOI", {}, True),
        ("TIFF", "TIFF", {}, True),
        ("TIFF", "TIFF", {"compression": "tiff_lzw"}, True),
        ("TIFF", "TIFF", {"compression": "tiff_adobe_deflate", "big_tiff": True}, True),
        ("WebP", "WEBP", {"lossless": True}, True),
        ("JPEG 2000", "JPEG2000", {"irreversible": False}, True),
    ],
)
def test_lossless_formats_come_back_exactly(format, written, options, lossless):
    result = decode(saved(scene(), written, **options), name="x")
    assert (result.image.pixels == scene()).all()
    assert (result.format, result.lossless, result.frames, result.notes) == (format, lossless, 1, ())


@pytest.mark.parametrize(
    ("format", "written", "options"),
    [
        ("JPEG", "JPEG", {"quality": 95}),
        ("JPEG", "JPEG", {"quality": 95, "progressive": True}),
        ("WebP", "WEBP", {"quality": 95}),
        ("AVIF", "AVIF", {"quality": 95}),
        ("JPEG 2000", "JPEG2000", {"irreversible": True, "quality_layers": [2]}),
        ("TIFF", "TIFF", {"compression": "jpeg", "quality": 95}),
    ],
)
def test_lossy_formats_come_back_nearly_and_are_called_lossy(format, written, options):
    result = decode(saved(scene(), written, **options), name="x")
    assert np.abs(result.image.pixels.astype(int) - scene()).mean() < 6
    assert (result.format, result.lossless) == (format, False)


def test_an_icon_gives_its_largest_picture():
    picture = PIL.Image.fromarray(scene(64, 64, 4))
    for bitmap_format in ("png", "bmp"):
        data = saved(picture, "ICO", sizes=[(16, 16), (64, 64), (32, 32)], bitmap_format=bitmap_format)
        assert decode(data, name="x").image.pixels.shape[:2] == (64, 64)


@pytest.mark.parametrize("format", ["PNG", "WEBP", "TIFF", "TGA", "QOI", "JPEG2000"])
def test_alpha_survives_where_the_format_has_it(format):
    options = {"lossless": True, "exact": True} if format == "WEBP" else {}
    assert (pixels(saved(scene(20, 30, 4), format, **options)) == scene(20, 30, 4)).all()


def test_alpha_that_is_opaque_everywhere_is_left_out():
    opaque = scene(20, 30, 4)
    opaque[..., 3] = 255
    assert pixels(saved(opaque, "PNG")).shape == (20, 30, 3)


def test_the_name_of_a_file_does_not_matter():
    assert decode(saved(scene(), "BMP"), name="photo.jpg").format == "BMP"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"hello, world\n" * 99, "not a picture"),
        (bytes(1000), "not a picture"),
        (b"\x89PN", "not a picture"),
        (b"RIFF\0\0\0\0WEBP", "WebP"),
        (b"\xff\xd8\xff", "JPEG"),
    ],
)
def test_what_is_no_allowed_picture_is_refused_by_what_it_is(data, what):
    assert what in refused(data)


# Orientation and resolution


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_orientation_is_applied(format, orientation):
    # What the eight values mean: (is the side of rows and columns swapped, then mirrored, then flipped).
    turned = scene(32, 48)
    transposes = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}  # the names of Pillow's transpositions
    wanted = turned
    if orientation in transposes:
        method = PIL.Image.Transpose(transposes[orientation])
        wanted = np.asarray(PIL.Image.fromarray(turned).transpose(method))
    options = {"lossless": True} if format == "WEBP" else {"quality": 98, "subsampling": 0} if format == "JPEG" else {}
    got = pixels(oriented(turned, orientation, format, **options))
    assert got.shape == wanted.shape
    assert np.abs(got.astype(int) - wanted).max() <= (12 if format == "JPEG" else 0)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_a_senseless_orientation_is_ignored(orientation):
    assert (pixels(oriented(scene(), orientation, "PNG")) == scene()).all()


def test_damaged_exif_is_ignored():
    assert (pixels(saved(scene(), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")) == scene()).all()
    decode(saved(scene(), "JPEG", exif=b"Exif\0\0junk"), name="x")


def test_resolution_is_kept_and_turns_with_the_picture():
    assert decode(saved(scene(), "PNG", dpi=(300, 100)), name="x").image.dpi == pytest.approx((300, 100), abs=0.02)
    assert decode(saved(scene(), "JPEG", dpi=(300, 100)), name="x").image.dpi == (300, 100)
    turned = decode(oriented(scene(), 6, "JPEG", dpi=(300, 100)), name="x")
    assert turned.image.dpi == (100, 300)
    for format in ("PNG", "JPEG", "TIFF"):
        assert decode(saved(scene(), format), name="x").image.dpi is None


def test_dropped_metadata_is_told():
    exif = PIL.Image.Exif()
    exif[0x010F] = "maker"
    exif[0x8825] = {1: "N"}
    details = decode(saved(scene(), "JPEG", exif=exif, comment=b"hello"), name="x").details
    assert "dropped: EXIF, comment, GPS" in details
    assert decode(saved(scene(), "JPEG"), name="x").details == ()


# Animations and pages


@pytest.mark.parametrize(
    ("format", "options", "words"),
    [
        ("PNG", {}, "first frame of 3"),
        ("GIF", {}, "first frame of 3"),
        ("WEBP", {"lossless": True}, "first frame of 3"),
        ("AVIF", {"quality": 100}, "first frame of 3"),
        ("TIFF", {}, "first page of 3"),
    ],
)
def test_of_several_frames_the_first_is_taken_and_told(format, options, words):
    frames = [PIL.Image.new("RGB", (16, 16), color) for color in ((200, 0, 0), (0, 200, 0), (0, 0, 200))]
    result = decode(saved(frames[0], format, save_all=True, append_images=frames[1:], **options), name="x")
    assert (result.frames, result.notes) == (3, (words,))
    assert np.abs(result.image.pixels.astype(int) - [200, 0, 0]).max() < 6


def test_twenty_thousand_frames_are_counted_without_decoding_them():
    first = saved(PIL.Image.new("P", (1, 1)), "GIF")
    head, frame = first[: first.index(b",")], first[first.index(b",") : -1]
    start = time.perf_counter()
    result = decode(head + frame * 20_000 + b";", name="x")
    assert result.frames == 20_000
    assert time.perf_counter() - start < 1


def test_a_chain_of_pages_that_bites_its_tail_ends():
    data = bytearray(saved(scene(), "TIFF"))
    directory = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, directory)[0]
    struct.pack_into("<I", data, directory + 2 + 12 * entries, directory)
    assert decode(bytes(data), name="x").frames == 1


def test_gif_transparency_is_kept():
    picture = PIL.Image.fromarray(np.array([[0, 1, 2]], np.uint8))
    picture.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    got = pixels(saved(picture, "GIF", transparency=1))
    assert got[0, :, 3].tolist() == [255, 0, 255]
    assert got[0, [0, 2], :3].tolist() == [[10, 20, 30], [70, 80, 90]]


def test_a_gif_without_its_trailer_is_whole():
    data = saved(PIL.Image.fromarray(scene()).quantize(16), "GIF")
    assert (pixels(data[:-1]) == pixels(data)).all()


# Damage, bombs, and what must not leak


@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("GIF", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TGA", {}),
        ("QOI", {}),
        ("PPM", {}),
        ("JPEG2000", {}),
        ("AVIF", {}),
    ],
)
def test_half_a_picture_is_never_passed_off_as_a_whole_one(format, options):
    noise = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    data = saved(noise, format, **options)
    for share in (0.02, 0.5, 0.95):
        refused(data[: int(share * len(data))])


@pytest.mark.slow
@settings(max_examples=examples(150), deadline=None)
@given(
    st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "TGA", "PPM", "ICO", "QOI", "JPEG2000"]),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=5),
    st.integers(0, 10**6),
)
def test_whatever_is_in_a_file_only_an_input_error_comes_out(format, flips, cut):
    data = bytearray(saved(scene(16, 16), format))
    for at, change in flips:
        data[at % min(len(data), 200)] ^= change
    if cut % 3 == 0:
        data = data[: cut % len(data)]
    message = "x: "
    try:
        decode(bytes(data), name="x", max_pixels=10**6)
    except InputError as error:
        message = str(error)
    assert message.startswith("x: ")
    assert "\n" not in message


def test_what_is_too_large_is_refused_by_its_header():
    huge = png(65536, 65536, 8, 0, b"")
    bitmap = bytearray(saved(scene(), "BMP"))
    struct.pack_into("<ii", bitmap, 18, 100_000, 100_000)
    icon = struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(huge), 22) + huge
    for data in (huge, bytes(bitmap), icon):
        assert "--max-pixels" in refused(data)
    assert "599" in refused(saved(scene(), "PNG"), max_pixels=599)
    assert pixels(saved(scene(), "PNG"), max_pixels=600).shape == (20, 30, 3)


def test_pillows_own_limit_neither_warns_nor_refuses_nor_changes(monkeypatch):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 100)
    for format in ("PNG", "GIF", "WEBP", "TIFF", "JPEG", "ICO"):
        options = {"bitmap_format": "bmp", "sizes": [(32, 32)]} if format == "ICO" else {}
        assert pixels(saved(scene(32, 32), format, **options)).shape == (32, 32, 3)
    assert PIL.Image.MAX_IMAGE_PIXELS == 100


@pytest.mark.slow
def test_warning_filters_are_restored_also_when_threads_overlap():
    before = list(warnings.filters)
    data = [saved(scene(200, 200), format) for format in ("JPEG", "GIF", "TIFF", "WEBP")]
    threads = [
        threading.Thread(target=lambda d=d: [decode(d, name="x") for _ in range(10)])
        for d in itertools.chain(data, data)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


def test_standard_error_stays_clean_and_stays_usable(capfd):
    data = bytearray(saved(scene(64, 64), "TIFF", compression="tiff_lzw"))
    for share in (0.3, 0.6, 0.9):
        refused(bytes(data[: int(len(data) * share)]))
    for at in range(8, 60):
        changed = bytearray(data)
        changed[at] ^= 0xFF
        with contextlib.suppress(InputError):
            decode(bytes(changed), name="x")
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"


@pytest.mark.slow
def test_decoding_does_not_import_every_plugin():
    code = (
        "import sys; from pixmeans.codecs import decode; "
        "decode(sys.stdin.buffer.read(), name='x'); "
        "print(*sorted(m for m in sys.modules if m.startswith('PIL.') and m.endswith('Plugin')))"
    )
    for format, expected in (("PNG", ""), ("GIF", "PIL.GifImagePlugin")):
        run = subprocess.run(
            [sys.executable, "-c", code], input=saved(scene(), format), capture_output=True, check=True
        )
        assert run.stdout.decode().strip() == expected


# Pillow pictures


@pytest.mark.parametrize("mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "YCbCr", "HSV"])
def test_pillow_pictures_of_every_mode_are_taken(mode):
    source = PIL.Image.fromarray(scene(20, 30, 3 if mode == "P" else 4))
    picture = source.convert("LA").convert(mode) if mode == "La" else source.convert(mode)
    got = from_pil(picture).image
    wanted = picture.convert("LA").convert("RGBA") if mode == "La" else picture.convert("RGBA")
    assert (got.pixels[..., :3] == np.asarray(wanted)[..., :3]).all()
    assert got.has_alpha == (mode in ("LA", "La", "PA", "RGBA", "RGBa") and scene(20, 30, 4)[..., 3].min() < 255)


def test_a_lazily_opened_pillow_picture_is_oriented_and_a_broken_one_refused():
    with PIL.Image.open(io.BytesIO(oriented(scene(), 6, "PNG"))) as file:
        assert from_pil(file).image.pixels.shape == (30, 20, 3)
    with PIL.Image.open(io.BytesIO(saved(scene(99, 99), "PNG")[:300])) as file, pytest.raises(InputError):
        from_pil(file)
    with pytest.raises(InputError):
        from_pil(PIL.Image.new("RGB", (0, 5)))


@pytest.mark.parametrize("order", [(0, 1), (0, 4), (0, 0), (0, 1, 0), (1, 0), (1, 1)])
@pytest.mark.parametrize("big", [False, True])
def test_thumbnails_and_masks_behind_the_first_page_are_no_pages(order, big):
    pages = []
    for kind in order:
        page = PIL.Image.fromarray(scene())
        page.encoderinfo = {"tiffinfo": {254: kind}}
        pages.append(page)
    first, *more = pages
    data = saved(first, "TIFF", save_all=True, append_images=more, tiffinfo={254: order[0]}, big_tiff=big)
    wanted = 1 + sum(kind == 0 for kind in order[1:])
    decoded = decode(data, name="x")
    assert decoded.frames == count_frames(data) == wanted
    assert bool(decoded.losses) == (wanted > 1)
