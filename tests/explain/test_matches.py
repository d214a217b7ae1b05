"""F22: what each symbol of a deflate stream costs, and the figure of where a file's bits went."""

import struct
import zlib

import numpy as np
import pytest
from helpers import examples
from hypothesis import example, given, settings
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.codecs.deflate_reader import PngBits, Span, symbols
from pixmeans.errors import InputError
from pixmeans.explain import followed, style, wording
from pixmeans.explain.figures import find
from pixmeans.explain.figures import matches as figures_matches
from pixmeans.explain.figures.matches import SOME_LAMBDA
from pixmeans.explain.runs import Runs
from pixmeans.explain.wording import Judged
from pixmeans.metrics import error_map, ssimulacra2
from pixmeans.settings import Settings

BYTES = st.one_of(
    st.binary(max_size=600),
    st.text("ab", max_size=900).map(str.encode),
    st.tuples(st.binary(min_size=1, max_size=9), st.integers(1, 400)).map(lambda pair: pair[0] * pair[1]),
)


def deflated(data, level=9, strategy=zlib.Z_DEFAULT_STRATEGY):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    return packer.compress(data) + packer.flush()


def written(found):
    """The bytes that symbols stand for."""
    data = bytearray()
    for value, length, distance in zip(
        found.values.tolist(), found.lengths.tolist(), found.distances.tolist(), strict=True
    ):
        if distance == 0:
            data.append(value)
        for _ in range(length if distance else 0):
            data.append(data[-distance])
    return bytes(data)


def packed(bits):
    """Bits in the order of a stream, as bytes."""
    bits = bits.replace(" ", "").ljust(-(-len(bits.replace(" ", "")) // 8) * 8, "0")
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


# The stream.


@settings(max_examples=examples(60), deadline=None)
@given(BYTES, st.integers(0, 9), st.sampled_from([0, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED]))
def test_symbols_say_what_zlib_says(data, level, strategy):
    stream = deflated(data, level, strategy)
    found = symbols(stream)
    assert written(found) == data
    assert found.size == len(stream)
    assert found.bits.sum() + found.distance_bits.sum() < 8 * len(stream)


@pytest.mark.slow
def test_long_streams_with_many_blocks_are_read_too():
    rng = np.random.default_rng(2)
    data = b"".join(rng.integers(0, most, 60_000, np.uint8).tobytes() for most in (2, 256, 7)) + bytes(70_000)
    for level in (0, 1, 9):
        assert written(symbols(deflated(data, level))) == data


def test_a_block_of_fixed_codes_by_hand():
    # Last block, fixed codes; 'a' is 0x30 + 97 in 8 bits, 200 is 0x190 + 56 in 9; length 13 is code 266 and an extra
    # bit, distance 6 is code 4 and an extra bit; extra bits come lowest first. The end is seven zeros.
    stream = packed("1 10 10010001 111001000 10010001 10010001 10010001 10010001 0001010 0 00100 1 0000000")
    found = symbols(stream)
    assert found.values.tolist() == [97, 200, 97, 97, 97, 97, -1]
    assert found.lengths.tolist() == [1] * 6 + [13]
    assert found.distances.tolist() == [0] * 6 + [6]
    assert found.bits.tolist() == [8, 9, 8, 8, 8, 8, 8]
    assert found.distance_bits.tolist() == [0] * 6 + [6]
    assert found.size == len(stream)
    assert zlib.decompress(stream, -15) == written(found)


def test_stored_bytes_take_eight_bits_each():
    found = symbols(b"\x01\x03\x00\xfc\xffabc")
    assert bytes(found.values.tolist()) == b"abc"
    assert found.bits.tolist() == [8, 8, 8]


@settings(max_examples=examples(60), deadline=None)
@given(BYTES, st.data())
def test_streams_that_end_early_are_refused(data, draw):
    stream = deflated(data)
    with pytest.raises(InputError, match="cut short"):
        symbols(stream[: draw.draw(st.integers(0, len(stream) - 1))])


@settings(max_examples=examples(300), deadline=None)
@given(st.binary(max_size=80))
@example(b"#\x00\x00")  # copies from before the beginning
def test_what_zlib_reads_is_read_and_noise_is_refused(noise):
    reader = zlib.decompressobj(-15)
    try:
        data = reader.decompress(noise)
    except zlib.error:
        data = None
    try:
        found = symbols(noise)
    except InputError:
        assert data is None or not reader.eof
    else:  # zlib also refuses sets of codes that could be larger
        assert data is None or written(found) == data


@pytest.mark.parametrize("stream", [b"\x07", b"#\x00\x00", b"\x01\x03\x00\xfc\xfeabc", packed("1 10 00000110")])
def test_blocks_that_cannot_be_are_refused(stream):
    with pytest.raises(InputError):
        symbols(stream)


# The file.


@pytest.fixture(scope="module")
def small(sample_reef):
    """The sample reef at a quarter of its width."""
    return np.ascontiguousarray(sample_reef.pixels[::4, ::4])


def pixel_bytes(file):
    """What deflate got, from the chunks of a PNG."""
    at, found = 8, b""
    while at < len(file):
        (count,) = struct.unpack(">I", file[at : at + 4])
        found += file[at + 8 : at + 8 + count] if file[at + 4 : at + 8] == b"IDAT" else b""
        at += 12 + count
    return zlib.decompress(found)


@pytest.mark.slow
@pytest.mark.parametrize(("k", "optimize", "lossy"), [(2, 1, "off"), (4, 2, "off"), (13, 5, "off"), (256, 2, 2e-5)])
def test_every_bit_of_our_files_is_told(small, k, optimize, lossy):
    cropped = small[:, :-1]  # rows that do not fill their last byte
    result = pm.compress(cropped, k, optimize=optimize, lossy=lossy)
    read = PngBits.of(result.data)
    assert written(read.found) == pixel_bytes(result.data)
    assert (read.width, read.height, read.depth) == (cropped.shape[1], cropped.shape[0], result.data[24])
    told = read.spent
    assert sum(told.values()) == 8 * len(result.data)
    assert min(told.values()) > 0
    # Pixels share what their bytes take; what is left is the share of the bytes that name filters.
    spent = (read.found.bits + read.found.distance_bits) / read.found.lengths
    filters = spent[read.makers[:, 0]].sum()
    assert read.bits.sum() + filters == pytest.approx(told["literals"] + told["lengths"] + told["distances"])


def literals(data):
    """Bytes below 144 in the fixed codes."""
    return " ".join(f"{0x30 + byte:08b}" for byte in data)


def png(depth, width, height, codes):
    """An indexed PNG file of such codes, without a palette or a checksum: nobody looks at these."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + bytes(4)

    head = struct.pack(">IIBBBBB", width, height, depth, 3, 0, 0, 0)
    body = b"\x78\x9c" + packed(f"1 10 {codes} 0000000") + bytes(4)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", body[:5]), chunk(b"IDAT", body[5:]), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


# A match of seven bytes is code 261, five bytes code 259; distance 7 is code 5 and the lower extra bit.
SEVEN, FIVE, DISTANCE_7 = "0000101", "0000011", "00101 0"


def test_shares_and_spans_by_hand():
    read = PngBits.of(png(8, 6, 2, f"{literals(bytes(1) + b'abcdef')} {SEVEN} {DISTANCE_7}"))
    assert read.bits[0].tolist() == [8] * 6
    assert read.bits[1] == pytest.approx([13 / 7] * 6)  # shared with the byte that names the filter
    assert read.copied.tolist() == [[False] * 6, [True] * 6]
    assert read.spans(0) == [Span(place, place + 1, False, True) for place in range(6)]
    assert read.spans(1) == [Span(0, 6, True, False)]  # it begins with the filter's byte
    assert read.spent == {"literals": 56, "lengths": 7, "distances": 6, "others": 8 * read.size - 69}


def test_pixels_share_a_byte_evenly():
    read = PngBits.of(png(4, 5, 1, literals(b"\0\x12\x34\x50")))  # the last half byte is nobody's
    assert read.bits.tolist() == [[4, 4, 4, 4, 8]]
    assert read.spans(0) == [Span(0, 2, False, True), Span(2, 4, False, True), Span(4, 5, False, True)]
    read = PngBits.of(png(1, 11, 1, literals(b"\0\x12\x20")))
    assert read.bits.tolist() == [[1] * 8 + [8 / 3] * 3]


@pytest.mark.slow
def test_other_files_are_refused(small):
    for data in (b"", b"GIF89a", b"\x89PNG\r\n\x1a\n"):
        with pytest.raises(InputError, match="not a PNG file"):
            PngBits.of(data)
    file = pm.compress(small, 9).data
    with pytest.raises(InputError, match="only indexed"):
        PngBits.of(file[:25] + b"\x02" + file[26:])
    with pytest.raises(InputError, match="too many pixels or too few"):
        PngBits.of(file[:23] + b"\x01" + file[24:])


# The figure.


def words_of(fig):
    return [text.get_text() for text in fig.findobj(lambda artist: hasattr(artist, "get_text"))]


@pytest.fixture(scope="module")
def plan(small):
    return find("F22").planned(Runs(small))


@pytest.fixture(scope="module")
def drawn(plan):
    return plan.still()


@pytest.mark.slow
def test_bytes_and_quality_are_those_of_the_files(small, plan, drawn):
    words = words_of(drawn)
    files = [pm.compress(small, lossy=way) for way in ("off", pm.compress(small).lambda_ or SOME_LAMBDA)]
    assert len(files[1].data) < len(files[0].data)
    for result in files:
        read = PngBits.of(result.data)
        score = ssimulacra2(pm.Image(small), result.indexed.to_image())
        (told,) = [word for word in words if word.startswith(f"{wording.size(len(result.data))}, ")]
        assert f"SSIMULACRA2 {score:.1f}, PSNR {result.psnr:.1f} dB" in told
        assert f"{8 * len(result.data) / small[..., 0].size:.2f} bits a pixel" in told
        assert told.endswith(f"{wording.percent(read.copied.mean())} of the pixels are copied")
        for name, bits in read.spent.items():
            assert f"{figures_matches.HEADS[name]} {wording.size(round(bits / 8))}" in words
    assert f"{wording.size(len(files[1].data))} instead of {wording.size(len(files[0].data))}" in plan.caption


@pytest.mark.slow
def test_the_maps_are_those_of_the_files(small, drawn):
    images = [image.get_array() for image in drawn.images]
    files = [pm.compress(small, lossy=way) for way in ("off", pm.compress(small).lambda_ or SOME_LAMBDA)]
    bits = [PngBits.of(result.data).bits for result in files]
    errors = [100 * error_map(pm.Image(small), result.indexed.to_image()) for result in files]
    for name, maps, of in (("cividis", bits, bits[:1]), ("inferno", errors, errors)):
        most = max(1.0, np.ceil(max(np.quantile(values, 0.99) for values in of)))
        for values in maps:
            wanted = figures_matches._heat(values, most, name)
            assert any(one.shape == wanted.shape and bool((one == wanted).all()) for one in images)


def test_a_map_goes_from_dark_to_bright_in_equal_steps():
    values = np.linspace(0, 12, 325)  # as wide as a panel
    heat = figures_matches._heat(values[None], 10.0, "cividis")[0]
    colors, firsts = np.unique(heat, axis=0, return_index=True)
    steps = figures_matches.STEPS
    assert len(colors) == steps
    assert (np.diff(heat.astype(int).sum(axis=1)) >= 0).all()
    assert np.diff(values[np.sort(firsts)]) == pytest.approx([10 / steps] * (steps - 1), abs=0.06)
    assert (heat[values >= 10] == heat[-1]).all()


class Drawn:
    """A way whose file and picture are given."""

    def __init__(self, read, pixels):
        self.spent, self.image = read, pm.Image(pixels)


def test_a_loupe_marks_literals_and_matches_by_hand():
    # In the second row a literal and a match of five.
    read = PngBits.of(png(8, 6, 2, f"{literals(bytes(1) + b'abcdef' + bytes(1) + b'z')} {FIVE} {DISTANCE_7}"))
    pixels = np.full((2, 6, 3), 200, np.uint8)
    canvas = figures_matches.marked(Drawn(read, pixels), (0, 0, 6, 2), 12)
    assert canvas.shape == (24, 72, 3)
    assert (canvas[0, 0] == 150).all()
    dot, bar = (style.rgb_of(color) for color in (style.CATEGORIES[5], style.CATEGORIES[4]))
    is_dot, is_bar = (canvas == dot).all(axis=2), (canvas == bar).all(axis=2)
    for column in range(6):
        assert is_dot[:12, column * 12 : column * 12 + 12].sum() == 16  # four by four in the middle of the pixel
        assert is_dot[5, column * 12 + 5]
    assert is_dot[12:, :12].sum() == 16
    assert not is_dot[12:, 12:].any()
    assert not is_bar[:12].any()
    assert np.flatnonzero(is_bar[17]).tolist() == list(range(13, 72))
    assert np.flatnonzero(is_bar[14]).tolist() == [13, 14]  # the stem, where it begins
    part = figures_matches.marked(Drawn(read, pixels), (2, 1, 3, 1), 5)  # in the middle of the match: no end is seen
    assert np.flatnonzero((part[2] == bar).all(axis=1)).tolist() == list(range(15))
    assert (part == bar).all(axis=2).sum() == 15


@pytest.mark.parametrize(
    ("region", "shown", "times"),
    [
        ((0, 0, 41, 16), (0, 0, 41, 16), 12),
        ((10, 20, 1, 1), (10, 20, 1, 1), 24),
        ((0, 0, 640, 480), (237, 208, 165, 64), 3),
        ((5, 5, 100, 2), (5, 5, 100, 2), 4),
    ],
)
def test_loupes_enlarge_three_times_or_more(region, shown, times):
    found = figures_matches._within(region)
    assert found == shown
    assert figures_matches._times(found) == times
    assert times * found[2] <= figures_matches.LOUPE[0]
    assert times * found[3] <= figures_matches.LOUPE[1]


def test_the_loupe_is_where_most_was_saved():
    values = np.zeros((40, 90))
    values[30:33, 60:70] = 5
    x, y, wide, high = followed.richest(values, 20, 10)
    assert (wide, high) == (20, 10)
    assert x <= 60 < 70 <= x + wide
    assert y <= 30 < 33 <= y + high
    assert followed.richest(values[:4, :5], 20, 10) == (0, 0, 5, 4)


@pytest.mark.slow
def test_what_is_exact_has_one_way_and_what_does_not_pay_is_said():
    gray = np.tile(np.arange(0, 200, 5, dtype=np.uint8)[:, None], (3, 12, 1)).repeat(3, axis=2)
    plan = find("F22").planned(Runs(gray))
    assert plan.caption.endswith("Every pixel keeps its color: nothing is given up for fewer bits.")
    words = words_of(plan.still())
    assert words.count("Plain indices") == 2
    assert "With lossy indices" not in words
    noise = np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)
    plan = find("F22").planned(Runs(noise, Settings(k=16, init="wu"), asked=["k", "init"]))
    assert plan.caption.endswith("here that does not pay, and compress keeps the plain indices.")


@pytest.mark.slow
def test_lambda_is_the_one_asked_for(small):
    plan = find("F22").planned(Runs(small, Settings(k=64, lossy=1e-4, dither="none"), asked=["k", "lossy", "dither"]))
    plain, runs = (pm.compress(small, 64, dither="none", lossy=lambda_) for lambda_ in ("off", 1e-4))
    assert f"{wording.size(len(runs.data))} instead of {wording.size(len(plain.data))}" in plan.caption
    assert "dither none" in plan.caption


@pytest.mark.slow
def test_a_loupe_of_a_picture_with_alpha_is_drawn(photo_with_alpha):
    runs = Runs(photo_with_alpha, Settings(k=32), region=(3, 4, 30, 10), asked=["k"])
    fig = find("F22").planned(runs).still()
    result = runs.result(Settings(k=32, format="png", lossy="off"))
    way = figures_matches.Way("", Judged(result, 0.0))
    wanted = figures_matches.marked(way, (3, 4, 30, 10), 16)
    assert any(one.get_array().shape == wanted.shape and (one.get_array() == wanted).all() for one in fig.images)
