"""Profiles, CMYK, Lab and deep samples become 8-bit sRGB."""

import struct

import numpy as np
import PIL.Image
import pytest
from codec_files import pixels, profile, saved, scene, swapped_profile

from pixmeans.codecs import decode, from_pil


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
    kinds = {1: "16-bit gray: ", 3: "16 bits a channel became 8", 4: "16-bit alpha became 8"}
    assert result.notes[0].startswith(kinds[channels])
    assert result.losses == result.notes


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
