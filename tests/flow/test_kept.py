"""What files say beside their pixels: kept where it is asked for and the format holds it, said where it is dropped."""

import io
import struct

import numpy as np
import PIL.Image
import pytest
from codec_files import png, saved, scanlines, scene
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL.PngImagePlugin import PngInfo

import pixmeans as pm
from pixmeans.codecs import decode
from pixmeans.codecs.isolated import Decoder

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6" dc:title="t"/></x:xmpmeta>'


def exif(orientation=1):
    found = PIL.Image.Exif()
    found[0x0112], found[0x010E], found[0x8298] = orientation, "a title", "(c) somebody"
    found.get_ifd(0x8769).update({0x9003: "2020:01:02 03:04:05", 0xA002: 1, 0xA003: 1, 0x927C: b"maker" * 9})
    found.get_ifd(0x8825).update({1: "N", 2: (1.0, 2.0, 3.0)})
    return found


def with_everything(format, orientation=1):
    picture = PIL.Image.fromarray(scene())
    if format == "PNG":
        texts = PngInfo()
        texts.add_text("Author", "somebody")
        texts.add_text("Software", "x" * 300, zip=True)
        texts.add_itxt("Title", "ein schönes € Bild", zip=True)
        texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
        return saved(picture, format, exif=exif(orientation), pnginfo=texts)
    options = {"lossless": True} if format == "WEBP" else {"comment": b"a comment", "quality": 100}
    return saved(picture, format, exif=exif(orientation), xmp=XMP, **options)


def reopened(result):
    file = PIL.Image.open(io.BytesIO(result.data))
    file.load()
    return file


@pytest.mark.slow
@pytest.mark.parametrize("format", ["png", "webp", "gif"])
@pytest.mark.parametrize("source", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_metadata_is_kept_upright_or_said_to_be_dropped(source, format, orientation):
    data = with_everything(source, orientation)
    result = pm.compress(data, format=format, keep_metadata=True)
    file = reopened(result)
    dropped = " ".join(note for note in result.notes if note.endswith("dropped"))  # it was asked for, so all hear it
    found = file.getexif()
    assert ("EXIF" in dropped) == (format == "gif") == (not found)
    if found:
        assert (found[0x0112], found[0x010E], found[0x8298]) == (1, "a title", "(c) somebody")
        inner = found.get_ifd(0x8769)
        assert inner[0x9003] == "2020:01:02 03:04:05"
        assert (inner[0xA002], inner[0xA003]) == file.size
        assert 0x927C not in inner
        assert found.get_ifd(0x8825)[1] == "N"
        assert not found.get_ifd(0x0201)
    assert ("XMP" in dropped) == (format == "gif") == ("xmp" not in file.info)
    if "xmp" in file.info:
        assert file.info["xmp"] == XMP.replace(b'"6"', b'"1"')
    words = {"PNG": {"Author": "somebody", "Software": "x" * 300, "Title": "ein schönes € Bild"}, "WEBP": {}}.get(
        source, {"Comment": "a comment"}
    )
    assert ("text" in dropped) == (format == "webp" and bool(words))
    if format == "png":
        assert {key: file.info.get(key) for key in words} == words
    if format == "gif":
        told = file.info.get("comment", b"").decode()
        assert all(word in told for word in words.values())
    assert file.size == ((30, 20) if orientation < 5 else (20, 30))


@pytest.mark.slow
@pytest.mark.parametrize("format", ["png", "webp", "gif"])
@pytest.mark.parametrize("source", ["PNG", "JPEG", "WEBP"])
def test_without_asking_nothing_is_kept_and_all_is_said(source, format):
    data = with_everything(source)
    result = pm.compress(data, format=format)
    file = reopened(result)
    assert not file.getexif()
    assert not {"xmp", "comment", "Author", "Title"} & set(file.info)
    dropped = " ".join(detail for detail in result.details if detail.startswith("dropped"))
    assert "EXIF" in dropped
    assert "XMP" in dropped
    plain = pm.compress(decode(data, name="x").image, format=format)
    assert plain.data == result.data  # not a byte for what is dropped


@pytest.mark.slow
def test_thumbnails_are_never_kept():
    thumbnail = saved(scene(4, 4), "JPEG")
    block = exif().tobytes()
    # A second directory behind the first, as cameras write it.
    count = struct.unpack(">H", block[14:16])[0]
    link = 16 + 12 * count
    second = struct.pack(">HHHIIHHII", 2, 0x0201, 4, 1, len(block) - 6 + 30, 0x0202, 4, 1, len(thumbnail)) + bytes(4)
    whole = block[:link] + struct.pack(">I", len(block) - 6) + block[link + 4 :] + second + thumbnail
    data = saved(scene(), "JPEG", exif=whole)
    assert thumbnail[:60] in data
    kept = pm.compress(data, keep_metadata=True)
    assert reopened(kept).getexif()[0x010E] == "a title"
    assert thumbnail[:60] not in kept.data
    in_xmp = XMP.replace(b"</x:", b"<xmp:Thumbnails>" + b"A" * 99 + b"</xmp:Thumbnails></x:")
    kept = pm.compress(saved(scene(), "JPEG", xmp=in_xmp), keep_metadata=True)
    assert reopened(kept).info["xmp"] == XMP.replace(b'"6"', b'"1"')


@given(st.integers(1, 1000), st.integers(1, 1000), st.sampled_from(["png", "webp", "gif"]), st.sampled_from([0, 1]))
@settings(max_examples=examples(40), deadline=None)
def test_the_shape_of_pixels_is_kept_or_said_to_be_lost(x, y, format, unit):
    scale = 1 if unit == 0 else 1000  # a meter
    body = struct.pack(">IIB", x * scale, y * scale, unit)
    data = png(3, 2, 8, 0, scanlines(np.arange(6).reshape(2, 3), 8), 0, (b"pHYs", body))
    result = pm.compress(data, format=format)
    square = x == y or (unit == 1 and abs(x / y - 1) <= 0.01)
    if format == "png":
        at = result.data.find(b"pHYs")
        assert (at >= 0) == (unit == 1 or x != y)
        if at >= 0:
            assert result.data[at + 4 : at + 13] == body
        assert result.notes == ()
    else:
        assert any("shape of the pixels" in note for note in result.notes) == (not square)


@pytest.mark.slow
def test_the_shape_of_pixels_is_turned_with_the_picture():
    turned = PIL.Image.Exif()
    turned[0x0112] = 6
    data = bytearray(saved(scene(), "JPEG", exif=turned, dpi=(1, 1)))
    at = data.index(b"JFIF\0")
    data[at + 7 : at + 12] = struct.pack(">BHH", 0, 4, 3)  # no unit, 4 pixels along x to 3 along y
    result = pm.compress(bytes(data))
    at = result.data.index(b"pHYs")
    assert struct.unpack(">IIB", result.data[at + 4 : at + 13]) == (3, 4, 0)


@pytest.mark.slow
def test_another_process_gives_the_same_tags():
    with Decoder() as decoder:
        for source in ("PNG", "JPEG", "WEBP"):
            for metadata in (False, True):
                data = with_everything(source, 6)
                one = decoder.decode(data, name="x", metadata=metadata)
                other = decode(data, name="x", metadata=metadata)
                assert one.image.tags == other.image.tags
                assert (one.losses, one.converted, one.metadata) == (other.losses, other.converted, other.metadata)


@pytest.mark.slow
@pytest.mark.parametrize("wanted", [False, True])
@pytest.mark.parametrize("tag", [0x010E, 0x013B, 0x8298])
def test_what_a_tiff_says_of_its_picture_is_kept_or_said_to_be_dropped(tag, wanted):
    data = saved(PIL.Image.fromarray(scene()), "TIFF", tiffinfo={tag: "somebody"})
    result = pm.compress(data, 8, keep_metadata=wanted)
    assert (reopened(result).getexif().get(tag) == "somebody") is wanted
    assert ("dropped: EXIF" in result.details) is not wanted
    plain = pm.compress(saved(PIL.Image.fromarray(scene()), "TIFF"), 8)
    assert not [detail for detail in plain.details if "dropped" in detail]


@pytest.mark.slow
@pytest.mark.parametrize("format", ["png", "webp", "gif"])
@pytest.mark.parametrize("alpha", [60, 128, 200])
def test_levels_of_alpha_that_are_gone_are_told_whatever_the_palette_holds(tmp_path, format, alpha):
    (tmp_path / "given.hex").write_text(f"#ff0000\n#00ff00{alpha:02x}\n#00000000\n")
    pixels = np.dstack([scene(), np.full(scene().shape[:2], 255, np.uint8)])
    pixels[:4, :, 3] = 100
    for threshold in (None, 50):
        knobs = {"palette": str(tmp_path / "given.hex"), "format": format, "alpha_threshold": threshold}
        result = pm.compress(pixels, **knobs)
        with PIL.Image.open(io.BytesIO(result.data)) as file:
            found = np.unique(np.asarray(file.convert("RGBA"))[..., 3])
        hard = set(found.tolist()) <= {0, 255}
        assert any("levels of alpha became 2" in one for one in result.losses) is hard
        assert any("1 translucent entry" in note for note in result.notes) is (format == "gif")


@pytest.mark.slow
@pytest.mark.parametrize("color_bits", [None, "rgb565", "rgba4444"])
@pytest.mark.parametrize("format", ["png", "gif"])
@pytest.mark.parametrize("alpha", [False, True])
def test_colors_to_keep_are_there_or_said_to_be_missing(color_bits, format, alpha):
    pixels = np.dstack([scene(), np.full(scene().shape[:2], 255, np.uint8)]) if alpha else scene()
    if alpha:
        pixels[:4, :, 3] = 100
    keep = ("#123456", "#ff0000", "#00ff0080")
    result = pm.compress(pixels, 16, keep=keep, color_bits=color_bits, format=format)
    for color in keep:
        told = any(note.startswith(f"{color} is not in the palette") for note in result.notes)
        assert told is (color not in result.palette.hex)
