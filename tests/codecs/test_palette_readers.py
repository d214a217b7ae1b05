"""Palettes from files: what we write comes back, and what others write."""

import io
import json
import struct

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import pixmeans as pm
from pixmeans.codecs import palette_writers
from pixmeans.codecs.palette_readers import read_palette
from pixmeans.settings import parse_hex

COLORS = np.array([[255, 127, 0], [0, 0, 0], [12, 34, 56], [255, 255, 255]], np.uint8)


def written(tmp_path, data, name="palette"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.slow
@pytest.mark.parametrize("format", ["hex", "json", "gpl", "ase", "act", "pal", "txt", "png"])
def test_what_we_write_comes_back(tmp_path, format):
    path = written(tmp_path, palette_writers.FORMATS[format](pm.Palette(COLORS)))
    assert np.array_equal(read_palette(path).colors, COLORS)


@pytest.mark.parametrize("format", ["hex", "json", "txt"])
def test_alpha_comes_back_where_there_is_any(tmp_path, format):
    colors = np.array([[0, 0, 0, 0], [1, 2, 3, 255], [4, 5, 6, 77]], np.uint8)
    path = written(tmp_path, palette_writers.FORMATS[format](pm.Palette(colors)))
    assert np.array_equal(read_palette(path).colors, colors)


@pytest.mark.parametrize(
    "text",
    [
        "#ff7f00 #000 0c2238,#ffffff",
        "ff7f00\r\n000000\r\n0c2238\r\nffffff\r\n",
        json.dumps(["#ff7f00", "#000000", [12, 34, 56], [255, 255, 255, 255]]),
        json.dumps({"palette": [{"rgb": [255, 127, 0]}, {"hex": "#000"}, {"rgb": [12, 34, 56]}, "fff"]}),
        "GIMP Palette\nName: x\nColumns: 0\n# a comment\n255 127   0\tOrange\n  0   0   0\n 12 34 56 D\n255 255 255 W",
        "\ufeff#ff7f00;#000000;#0c2238;#fff",
        "JASC-PAL\r\n0100\r\n4\r\n255 127 0\r\n0 0 0\r\n12 34 56 255\r\n255 255 255\r\n",
        ";paint.net Palette File\n; Colors are written as AARRGGBB\n\nFFFF7F00\nff000000 ; black\nFF0C2238\nFFFFFFFF\n",
    ],
)
def test_what_others_write(tmp_path, text):
    assert np.array_equal(read_palette(written(tmp_path, text)).colors, COLORS)


def test_ase_in_other_models(tmp_path):
    def block(model, *values):
        body = struct.pack(">H", 1) + b"\0\0" + model + struct.pack(f">{len(values)}f", *values) + b"\0\0"
        return struct.pack(">HI", 1, len(body)) + body

    group = struct.pack(">HI", 0xC001, 4) + b"\0\1\0\0"
    blocks = [group, block(b"CMYK", 0, 0.5, 1, 0), block(b"Gray", 0.2)]
    path = written(tmp_path, b"ASEF" + struct.pack(">HHI", 1, 0, 3) + b"".join(blocks))
    assert read_palette(path).colors.tolist() == [[255, 128, 0], [51, 51, 51]]


def test_a_picture_gives_its_colors_as_they_first_appear(tmp_path):
    pixels = np.repeat(COLORS[[3, 1, 1, 1, 0, 0]][None], 4, axis=0)
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, "PNG")
    assert read_palette(written(tmp_path, file.getvalue())).colors.tolist() == COLORS[[3, 1, 0]].tolist()


def test_a_short_act_ends_where_it_says(tmp_path):
    table = np.zeros((256, 3), np.uint8)
    table[:2] = 200, 100, 50
    table[1] = 7
    path = written(tmp_path, table.tobytes() + struct.pack(">HH", 2, 1))
    assert read_palette(path).colors.tolist() == [[200, 100, 50, 255], [7, 7, 7, 0]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no colors"),
        (b"orange", "'orange' is no color"),
        (b"[1, 2]", "is no color"),
        (b"{}", "holds no list"),
        (b"[", "damaged"),
        (b"[[300, 0, 0]]", "no color of 0 to 255"),
        (b"ASEF\0\1\0\0\0\0\0\5", "damaged"),
        (b"GIMP Palette\n", "no colors"),
        (b"\xff\xfe\x00", "damaged"),
        ("\n".join(f"#{n:06x}" for n in range(257)).encode(), "257 colors are more than 256"),
        (b"[" * 100_000, "damaged"),
    ],
)
def test_what_is_no_palette_is_one_line_with_its_name(tmp_path, data, message):
    with pytest.raises(pm.InputError, match=message) as error:
        read_palette(written(tmp_path, data, "colors.txt"))
    assert "colors.txt: " in str(error.value)
    assert "\n" not in str(error.value)


def test_a_picture_of_many_colors_is_no_palette(tmp_path, photo):
    file = io.BytesIO()
    PIL.Image.fromarray(photo).save(file, "PNG")
    with pytest.raises(pm.InputError, match="more than 256; choose some with -k first"):
        read_palette(written(tmp_path, file.getvalue()))


@given(st.binary(max_size=900))
def test_any_bytes_are_a_palette_or_one_line(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "x"
    path.write_bytes(data)
    try:
        found = len(read_palette(path))
    except pm.InputError as error:
        found = str(error).count("\n") + 1
    assert 1 <= found <= 256


@given(st.tuples(*4 * [st.integers(0, 255)]))
def test_hex_is_read_as_it_is_written(color):
    assert parse_hex(pm.Palette(np.array([color], np.uint8)).hex[0]) == color


READ_AND_WRITTEN = ("hex", "json", "gpl", "ase", "act", "pal", "txt")


@pytest.mark.slow
@settings(deadline=None)
@given(
    st.integers(1, 256).flatmap(lambda count: arrays(np.uint8, (count, 3), elements=st.sampled_from([0, 7, 200, 255]))),
    st.sampled_from(READ_AND_WRITTEN),
)
def test_every_palette_comes_back_in_its_order_with_what_it_repeats(tmp_path_factory, colors, format):
    path = tmp_path_factory.mktemp("any") / "palette"
    path.write_bytes(palette_writers.FORMATS[format](pm.Palette(colors)))
    assert np.array_equal(read_palette(path).colors, colors)


def test_all_that_is_read_is_written():
    assert {*READ_AND_WRITTEN, "png"} <= set(palette_writers.FORMATS)


def test_alpha_that_aseprite_writes_is_read(tmp_path):
    gpl = "GIMP Palette\nChannels: RGBA\n#\n 10  20  30 255 Opaque\n 40  50  60   0 Clear\n"
    jasc = "JASC-PAL\n0100\n2\n10 20 30 255\n40 50 60 0\n"
    for text in (gpl, jasc):
        assert read_palette(written(tmp_path, text)).rgba.tolist() == [[10, 20, 30, 255], [40, 50, 60, 0]]


def test_eight_digits_without_a_sign_in_a_txt_begin_with_alpha(tmp_path):
    assert read_palette(written(tmp_path, "FF010203\n80040506\n", "x.txt")).rgba.tolist() == [
        [1, 2, 3, 255],
        [4, 5, 6, 128],
    ]
    assert read_palette(written(tmp_path, "010203FF\n04050680\n", "x.hex")).rgba.tolist() == [
        [1, 2, 3, 255],
        [4, 5, 6, 128],
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("JASC-PAL\n0100\n", "how many colors"),
        ("JASC-PAL\n0100\n2\n1 2\n3 4 5\n", "'1 2' is no color"),
        ("JASC-PAL\n0100\n1\n256 0 0\n", "no color of 0 to 255"),
        (";paint.net Palette File\nFF0102\nFF01\n", "'FF01' is no color"),
        (";paint.net Palette File\n", "no colors"),
    ],
)
def test_damaged_jasc_and_paint_net_say_so(tmp_path, text, message):
    with pytest.raises(pm.InputError, match=message):
        read_palette(written(tmp_path, text, "p.txt"))
