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
import zlib

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageCms

from pixmeans.codecs import decode, from_pil
from pixmeans.errors import InputError


def scene(height=20, width=30, channels=3):
    """A picture without symmetry: smooth, so that lossy formats keep it recognisable."""
    y, x = np.mgrid[:height, :width]
    planes = [
        x * 255 // max(1, width - 1),
        y * 255 // max(1, height - 1),
        (x + y) * 2 % 256,
        255 - x * 4 % 256,
    ]
    return np.stack(planes[:channels], axis=-1).astype(np.uint8)


def saved(picture, format, **options):
    file = io.BytesIO()
    if isinstance(picture, np.ndarray):
        picture = PIL.Image.fromarray(picture)
    picture.save(file, format, **options)
    return file.getvalue()


def png(width, height, bits, color_type, rows, interlaced=0, *chunks, after=()):
    """A PNG file of raw scanlines (bytes with their filter bytes)."""
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, interlaced))]
    parts += [*chunks, (b"IDAT", zlib.compress(rows)), *after, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


def scanlines(samples, bits):
    """Rows of big-endian samples, each behind filter byte 0; samples (h, n)."""
    if bits == 16:
        return b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    digits = ((samples[..., None] >> np.arange(bits - 1, -1, -1)) & 1).reshape(len(samples), -1)
    return b"".join(b"\0" + row.tobytes() for row in np.packbits(digits.astype(np.uint8), axis=1))


def pixels(data, **options):
    return decode(data, name="picture", **options).image.pixels


def refused(data, **options):
    with pytest.raises(InputError) as caught:
        decode(data, name="dir/picture.png", **options)
    message = str(caught.value)
    assert message.startswith("dir/picture.png: ")
    assert "\n" not in message
    return message


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


# PNG, which we read ourselves


@given(
    st.sampled_from([(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (4, 8), (4, 16), (6, 8), (6, 16)]),
    st.integers(1, 19),
    st.integers(1, 9),
    st.integers(0, 9),
    st.booleans(),
)
def test_png_samples_of_every_depth_are_scaled_exactly(kind, width, height, seed, keyed):
    color_type, bits = kind
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[color_type]
    top = (1 << bits) - 1
    samples = np.random.default_rng(seed).integers(0, top + 1, (height, width, channels))
    wanted = np.rint(samples * 255 / top).astype(np.uint8)
    chunks = []
    if keyed and color_type in (0, 2):
        key = samples[0, 0]
        chunks.append((b"tRNS", key.astype(">u2").tobytes()))
        alpha = np.where((samples == key).all(axis=2), 0, 255)[..., None]
        wanted = np.concatenate([wanted, alpha.astype(np.uint8)], axis=2)
    data = png(width, height, bits, color_type, scanlines(samples.reshape(height, -1), bits), 0, *chunks)
    result = decode(data, name="x")
    got = result.image.pixels
    if wanted.shape[2] < 3:
        wanted = np.concatenate([np.repeat(wanted[..., :1], 3, axis=2), wanted[..., 1:]], axis=2)
    assert (got[..., :3] == wanted[..., :3]).all()
    alpha = wanted[..., 3] if wanted.shape[2] == 4 else np.full((height, width), 255)
    assert ((got[..., 3] if got.shape[2] == 4 else 255) == alpha).all()
    assert (result.notes == ("16 bits a channel became 8",)) == (bits == 16)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palette_png_keeps_every_alpha_and_shows_missing_entries_black(bits):
    indices = np.arange(2).repeat(3)[None] if bits == 1 else np.array([[0, 1, 2, 3, 1, 0]])
    data = png(
        6,
        1,
        bits,
        3,
        scanlines(indices, bits),
        0,
        (b"PLTE", bytes([1, 2, 3, 4, 5, 6, 7, 8, 9][: 6 if bits == 1 else 9])),
        (b"tRNS", bytes([0, 77])),
    )
    table = np.array([[1, 2, 3, 0], [4, 5, 6, 77], [7, 8, 9, 255], [0, 0, 0, 255]])
    assert (pixels(data) == table[indices]).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_pillow_writes_as_png_is_read_alike(mode):
    if mode == "I;16":
        picture = PIL.Image.frombytes("I;16", (30, 20), np.arange(600, dtype="<u2").tobytes())
        wanted = np.rint(np.arange(600).reshape(20, 30, 1) / 257).repeat(3, axis=2)
    else:
        picture = PIL.Image.fromarray(scene(20, 30, 3 if mode == "P" else 4)).convert(mode)
        wanted = np.asarray(picture.convert("RGBA" if mode in ("LA", "RGBA") else "RGB"))
    assert (pixels(saved(picture, "PNG")) == wanted).all()


def test_an_interlaced_png_is_read():
    # Adam7 of 3 x 2 gray: passes 1 (0,0), 4 (2,0), 6 (1,0) and 7 (row 1).
    data = png(3, 2, 8, 0, bytes([0, 10, 0, 30, 0, 20, 0, 40, 50, 60]), 1)
    assert pixels(data)[..., 0].tolist() == [[10, 20, 30], [40, 50, 60]]


def test_a_png_without_its_end_marker_is_whole_and_one_without_its_end_is_not():
    data = saved(scene(99, 99), "PNG")
    assert (pixels(data[:-12]) == scene(99, 99)).all()
    for share in (0.2, 0.5, 0.9):
        assert "cut off" in refused(data[: int(share * len(data))])


def test_damage_where_it_matters_is_refused_and_elsewhere_ignored():
    plain = png(1, 1, 8, 0, b"\0\x07")
    broken = bytearray(plain)
    broken[16] ^= 1
    assert "IHDR chunk is damaged" in refused(bytes(broken))
    text = bytearray(png(1, 1, 8, 0, b"\0\x07", 0, (b"tEXt", b"a\0b")))
    text[text.index(b"tEXt") + 5] ^= 1
    assert pixels(bytes(text)).tolist() == [[[7, 7, 7]]]
    assert "palette is missing" in refused(png(1, 1, 8, 3, b"\0\0"))
    assert "zero" in refused(png(0, 1, 8, 0, b"\0"))
    assert "header is damaged" in refused(png(1, 1, 3, 0, b"\0\0"))
    assert "no pixels" in refused(png(1, 1, 8, 0, b"").replace(b"IDAT", b"iDAT"))


def test_text_and_profile_bombs_are_not_inflated():
    bomb = zlib.compress(bytes(200_000_000), 9)
    data = png(1, 1, 8, 0, b"\0\x07", 0, (b"zTXt", b"a\0\0" + bomb), (b"iCCP", b"a\0\0" + bomb))
    start = time.perf_counter()
    result = decode(data, name="x")
    assert time.perf_counter() - start < 1
    assert result.image.pixels.tolist() == [[[7, 7, 7]]]
    assert "unreadable ICC profile ignored" in result.details


# Orientation and resolution


def oriented(picture, orientation, format, **options):
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    return saved(picture, format, exif=exif, **options)


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


# Color


def profile(name):
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def swapped_profile():
    """An RGB profile in which red and green have changed places."""
    data = bytearray(profile("sRGB"))
    count = struct.unpack_from(">I", data, 128)[0]
    where = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = where[b"rXYZ"], where[b"gXYZ"]
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)


def test_an_srgb_profile_changes_nothing():
    result = decode(saved(scene(), "PNG", icc_profile=profile("sRGB")), name="x")
    assert (result.image.pixels == scene()).all()
    assert result.image.icc is None


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
def test_a_profile_is_converted_to_srgb_or_kept(format):
    options = {"lossless": True} if format == "WEBP" else {}
    swapped = swapped_profile()  # holds the second in which it was made
    data = saved(scene(20, 30, 4), format, icc_profile=swapped, **options)
    result = decode(data, name="x")
    got = result.image.pixels.astype(int)
    visible = scene(20, 30, 4)[..., 3] > 0
    assert np.abs(got - scene(20, 30, 4)[..., [1, 0, 2, 3]])[visible].max() <= 3
    assert "ICC profile converted to sRGB" in result.details
    kept = decode(data, name="x", icc="keep").image
    assert kept.icc == swapped
    assert (kept.pixels == scene(20, 30, 4))[visible].all()


def test_a_broken_or_foreign_profile_is_ignored():
    for junk in (b"junk" * 99, profile("LAB")):
        result = decode(saved(scene(), "PNG", icc_profile=junk), name="x")
        assert (result.image.pixels == scene()).all()
        assert "unreadable ICC profile ignored" in result.details


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])  # Pillow's JPEG is Adobe's, inverted
def test_cmyk_becomes_recognisable_and_is_told(format):
    rgb = np.zeros((16, 16, 3), np.uint8)
    rgb[:, :8, 0] = 255
    data = saved(PIL.Image.fromarray(rgb).convert("CMYK"), format)
    result = decode(data, name="x")
    assert np.abs(result.image.pixels.astype(int) - rgb).max() < 12
    assert result.notes == ("CMYK converted to sRGB",)


def test_lab_is_converted():
    white = PIL.Image.frombytes("LAB", (4, 4), bytes([255, 0, 0]) * 16)
    result = decode(saved(white, "TIFF"), name="x")
    assert result.image.pixels.min() > 250
    assert result.notes == ("Lab converted to sRGB",)


def tiff(samples, bits=16, photometric=None, order="<", compression=None):
    """An uncompressed TIFF of 16-bit samples, (h, w) or (h, w, 3 or 4)."""
    height, width = samples.shape[:2]
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    body = samples.astype(order + "u2").tobytes()
    entries = [(256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, 1)]
    entries.append((262, 3, photometric if photometric is not None else (1 if channels == 1 else 2)))
    entries += [(273, 4, 8), (277, 3, channels), (278, 4, height), (279, 4, len(body))]
    if channels == 4:
        entries.append((338, 3, 2))
    directory = 8 + len(body)
    extra = directory + 2 + 12 * len(entries) + 4
    out = struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, directory) + body
    out += struct.pack(order + "H", len(entries))
    for tag, kind, value in entries:
        if tag == 258 and channels > 2:
            out += struct.pack(order + "HHII", tag, 3, channels, extra)
        elif kind == 3:
            out += struct.pack(order + "HHIHH", tag, 3, 1, value, 0)
        else:
            out += struct.pack(order + "HHII", tag, 4, 1, value)
    return out + struct.pack(order + "I", 0) + struct.pack(f"{order}{channels}H", *[bits] * channels)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bit_tiff_is_rounded_not_clipped(order, channels):
    samples = np.random.default_rng(0).integers(0, 65536, (9, 11, channels))
    result = decode(tiff(samples if channels > 1 else samples[..., 0], order=order), name="x")
    wanted = np.rint(samples / 257)
    assert (result.image.pixels == (wanted if channels > 1 else wanted.repeat(3, axis=2))).all()
    assert result.notes == ("16 bits a channel became 8",)


def test_compressed_16_bit_tiff_is_rounded_too():
    samples = np.random.default_rng(0).integers(0, 65536, (9, 11), dtype=np.uint16)
    picture = PIL.Image.frombytes("I;16", (11, 9), samples.astype("<u2").tobytes())
    got = pixels(saved(picture, "TIFF", compression="tiff_lzw"))
    assert (got[..., 0] == np.rint(samples / 257)).all()


def test_white_is_zero_in_16_bits():
    assert pixels(tiff(np.array([[0, 65535]]), photometric=0))[..., 0].tolist() == [[255, 0]]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 100.0, 255.0], [0, 100, 255]),
        ([0.0, np.nan, -5.0], [0, 0, 0]),
        ([0.0, 1e6, 2e6], [0, 128, 255]),
    ],
)
def test_floats_are_scaled(values, wanted):
    picture = PIL.Image.fromarray(np.array([values], np.float32))
    assert pixels(saved(picture, "TIFF"))[0, :, 0].tolist() == wanted


def test_32_bit_whole_numbers_are_scaled():
    for values, wanted in (
        ([0, 9, 255], [0, 9, 255]),
        ([0, 257, 65535], [0, 1, 255]),
        ([0, 1 << 30], [0, 255]),
    ):
        picture = PIL.Image.fromarray(np.array([values], np.int32))
        assert pixels(saved(picture, "TIFF"))[0, :, 0].tolist() == wanted


def test_premultiplied_alpha_becomes_straight():
    picture = PIL.Image.frombytes("RGBa", (1, 1), bytes([64, 32, 0, 128]))
    got = from_pil(picture).image.pixels[0, 0].tolist()
    assert got == [127, 63, 0, 128]


# Animations and pages


@pytest.mark.parametrize(
    ("format", "options", "words"),
    [
        ("PNG", {}, "first of 3 frames"),
        ("GIF", {}, "first of 3 frames"),
        ("WEBP", {"lossless": True}, "first of 3 frames"),
        ("AVIF", {"quality": 100}, "first of 3 frames"),
        ("TIFF", {}, "first of 3 pages"),
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


@settings(max_examples=150, deadline=None)
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
