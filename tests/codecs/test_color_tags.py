"""Tags of color other than an ICC profile: converted to sRGB, kept as a profile, or refused; never passed over."""

import io
import struct
import zlib

import numpy as np
import PIL.Image
import pytest
from codec_files import pixels, png, refused, saved, scanlines, scene
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageCms

import pixmeans as pm
from pixmeans.batch.facts import facts
from pixmeans.codecs import decode
from pixmeans.codecs.matrix_profiles import Curve, formula_of, gray_profile, rgb_profile
from pixmeans.codecs.palette_readers import read_palette

D65 = (0.3127, 0.3290)
SPACES = {
    "sRGB": (D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    "Adobe RGB": (D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
    "Display P3": (D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    "BT.2020": (D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
}


def to_srgb(values, space, exponent):
    """Values 0 to 1 of a space of D65 by the formulas alone: linear light, the matrices of primaries, sRGB's curve."""

    def to_xyz(chromaticities):
        white, *primaries = ([x / y, 1, (1 - x - y) / y] for x, y in chromaticities)
        columns = np.array(primaries).T
        return columns * np.linalg.solve(columns, white)

    light = values**exponent
    if values.ndim == 3 and values.shape[2] == 3:
        light = light @ (np.linalg.inv(to_xyz(SPACES["sRGB"])) @ to_xyz(SPACES[space])).T
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def gama(value):
    return b"gAMA", struct.pack(">I", round(100_000 * value))


def chrm(space):
    return b"cHRM", struct.pack(">8I", *(round(100_000 * value) for pair in SPACES[space] for value in pair))


def tagged(samples, *chunks, bits=8):
    """A PNG of samples (h, w) or (h, w, 3) with chunks in front of its pixels."""
    color_type = 0 if samples.ndim == 2 else 2
    rows = scanlines(samples.reshape(len(samples), -1), bits)
    return png(samples.shape[1], samples.shape[0], bits, color_type, rows, 0, *chunks)


def profile_of(space, exponent):
    return b"iCCP", b"x\0\0" + zlib.compress(rgb_profile(SPACES[space], Curve(exponent)))


def chunks_of(data):
    found, at = {}, 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        found[kind] = data[at + 8 : at + 8 + length]
        at += 12 + length
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("gamma", "wanted"), [(1.0, 188), (0.55556, 146), (0.45455, 128)])
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 3)])
def test_gray_of_a_known_gamma(gamma, wanted, shape):
    data = tagged(np.full(shape, 128), gama(gamma))
    assert (pixels(data) == wanted).all()
    assert pm.compress(data).palette.hex == [f"#{wanted:02x}{wanted:02x}{wanted:02x}"]


@pytest.mark.slow
@given(st.floats(0.2, 3.0), st.sampled_from(sorted(SPACES)), st.integers(0, 99), st.sampled_from([8, 16]))
@settings(max_examples=examples(40), deadline=None)
def test_gamma_and_primaries_are_converted(gamma, space, seed, bits):
    top = (1 << bits) - 1
    samples = np.random.default_rng(seed).integers(0, top + 1, (6, 7, 3))
    result = decode(tagged(samples, gama(gamma), chrm(space), bits=bits), name="x")
    exponent = 1 / (round(100_000 * gamma) / 100_000)
    if space == "sRGB" and 0.450 <= gamma <= 0.460:  # what files of sRGB say
        wanted = samples / top
    else:
        wanted = to_srgb(samples / top, space, exponent)
    assert np.abs(result.image.pixels - 255 * wanted).max() <= 2
    if bits == 16 and result.converted:
        rest = np.zeros(samples.shape) if result.image.rest is None else result.image.rest
        back = np.clip(257.0 * result.image.pixels + rest, 0, 65535)
        assert np.abs(back - 65535 * wanted).max() <= 40  # the profile's numbers have 16 bits, too


@pytest.mark.slow
@given(st.floats(0.2, 3.0), st.integers(0, 99), st.sampled_from([8, 16]))
@settings(max_examples=examples(25), deadline=None)
def test_gray_stays_gray_in_every_gamma(gamma, seed, bits):
    top = (1 << bits) - 1
    samples = np.random.default_rng(seed).integers(0, top + 1, (6, 7))
    for chunks in ([gama(gamma)], [gama(gamma), chrm("BT.2020")]):
        found = pixels(tagged(samples, *chunks, bits=bits))
        assert (found == found[..., :1]).all()
        plain = 0.450 <= gamma <= 0.460
        wanted = samples / top if plain else to_srgb(samples / top, "sRGB", 100_000 / round(100_000 * gamma))
        assert np.abs(found[..., 0] - 255 * wanted).max() <= 1


def test_the_tag_that_counts_is_the_first_of_cicp_iccp_srgb_gama():
    samples = scene()
    # Each of these tags alone would give other colors.
    tags = [(b"cICP", bytes([12, 8, 0, 1])), profile_of("Adobe RGB", 1.6), (b"sRGB", b"\0"), gama(0.7)]
    alone = [pixels(tagged(samples, tag)) for tag in tags]
    assert len({one.tobytes() for one in alone}) == len(tags)
    for first in range(len(tags)):
        for order in (1, -1):
            assert (pixels(tagged(samples, *tags[first:][::order])) == alone[first]).all()
    # A tag that is damaged, unspecified or behind the pixels leaves the say to the next one.
    broken = (b"iCCP", b"x\0\0junk")
    assert (pixels(tagged(samples, broken, gama(0.7))) == alone[3]).all()
    assert (pixels(tagged(samples, (b"cICP", bytes([2, 2, 0, 1])), tags[1])) == alone[1]).all()
    late = png(30, 20, 8, 2, scanlines(samples.reshape(20, -1), 8), after=[gama(0.7)])
    assert (pixels(late) == samples).all()


@pytest.mark.parametrize("zero", [b"\0" * 4, b"\xff" * 4])
def test_a_gamma_without_sense_is_ignored_and_told(zero):
    result = decode(tagged(scene(), (b"gAMA", zero)), name="x")
    assert (result.image.pixels == scene()).all()
    assert any("gAMA" in detail for detail in result.details) == (zero != b"\0" * 4)


def test_primaries_without_sense_are_ignored_and_told():
    flat = struct.pack(">8I", 31270, 32900, *(30000, 30000) * 3)
    result = decode(tagged(scene(), (b"cHRM", flat)), name="x")
    assert (result.image.pixels == scene()).all()
    assert "cHRM makes no sense and was ignored" in result.details


@pytest.mark.slow
@pytest.mark.parametrize("format", ["png", "webp"])
@pytest.mark.parametrize("chunks", [[gama(0.7)], [gama(0.5), chrm("Adobe RGB")], [(b"cICP", bytes([12, 13, 0, 1]))]])
def test_kept_colors_look_the_same_to_whoever_reads_profiles(chunks, format):
    data = tagged(scene(), *chunks)
    kept = pm.compress(data, icc="keep", format=format, lossy="off", dither="none")
    assert np.array_equal(kept.original.pixels, scene())
    with PIL.Image.open(io.BytesIO(kept.data)) as file:
        source = ImageCms.ImageCmsProfile(io.BytesIO(file.info["icc_profile"]))
        stored = np.asarray(file.convert("RGB"))
        seen = ImageCms.profileToProfile(file.convert("RGB"), source, ImageCms.createProfile("sRGB"))
    assert np.abs(stored.astype(int) - scene()).mean() < 8
    back = decode(kept.data, name="x").image.pixels.astype(int)
    assert np.abs(back - np.asarray(seen)).max() <= 2


@pytest.mark.slow
def test_a_format_without_profiles_is_converted_and_says_so():
    data = tagged(scene(), gama(0.7))
    result = pm.compress(data, icc="keep", format="gif")
    assert result.indexed.icc is None
    assert "GIF holds no profile: colors converted to sRGB" in result.notes
    assert np.array_equal(result.original.pixels, pixels(data))


@pytest.mark.slow
@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_refused_or_kept_as_it_is(transfer, name):
    cicp = bytes([9, transfer, 0, 1])
    data = tagged(scene(), (b"cICP", cicp))
    message = refused(data)
    assert name in message
    assert "--icc keep" in message
    kept = pm.compress(data, icc="keep")
    assert chunks_of(kept.data)[b"cICP"] == cicp
    assert not {b"sRGB", b"gAMA", b"iCCP"} & set(chunks_of(kept.data))
    assert np.array_equal(kept.original.pixels, scene())
    for format in ("webp", "gif", "auto"):
        with pytest.raises(pm.InputError, match="PNG"):
            pm.compress(data, icc="keep", format=format)
    refused_pil = saved(scene(), "AVIF", quality=90)
    at = refused_pil.index(b"colrnclx")
    hdr = refused_pil[: at + 10] + struct.pack(">H", transfer) + refused_pil[at + 12 :]
    assert name in refused(hdr)


def test_narrow_range_is_stretched():
    samples = np.array([[0, 16, 126, 235, 255]])
    found = pixels(tagged(samples, (b"cICP", bytes([1, 13, 0, 0]))))
    assert found[0, :, 0].tolist() == [0, 0, 128, 255, 255]


@pytest.mark.slow
@pytest.mark.parametrize("format", ["JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("marked", ["number", "R03", "sRGB", "profile"])
def test_exif_tells_adobe_rgb_where_no_profile_does(format, marked):
    space, index = {"number": 2, "sRGB": 1}.get(marked, 0xFFFF), b"R98\0" if marked == "sRGB" else b"R03\0"
    exif = PIL.Image.Exif()
    exif.load(exif_block(space, index))
    options = {"lossless": True} if format == "WEBP" else {"quality": 100} if format == "JPEG" else {}
    if marked == "profile":
        options["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stored = pixels(saved(scene(), format, **options))
    data = saved(scene(), format, exif=exif, **options)
    if format == "TIFF" and marked == "R03":
        data = tiff_of(scene(), exif_block(space, index))
    found = pixels(data)
    if marked in ("sRGB", "profile"):
        assert np.array_equal(found, stored)
    else:
        wanted = 255 * to_srgb(stored / 255, "Adobe RGB", 563 / 256)
        assert np.abs(found - wanted).max() <= 2


def tiff_of(samples, exif):
    """A TIFF whose directory points to that of an EXIF block, which Pillow writes without its interoperability."""
    body, block = samples.astype(np.uint8).tobytes(), exif.removeprefix(b"Exif\0\0")
    height, width, _ = samples.shape
    bits_at = len(block) + len(body)
    longs = [(256, 1, width), (257, 1, height), (258, 3, bits_at), (259, 1, 1), (262, 1, 2), (273, 1, len(block))]
    longs += [(277, 1, 3), (278, 1, height), (279, 1, len(body)), (0x8769, 1, 26)]
    directory = struct.pack("<H", len(longs))
    for tag, count, value in longs:
        directory += struct.pack("<HHII", tag, 3 if tag == 258 else 4, count, value)
    bits = struct.pack("<3H", 8, 8, 8)
    return block[:4] + struct.pack("<I", bits_at + 6) + block[8:] + body + bits + directory + bytes(4)


def exif_block(space, index):
    """EXIF with a color space and the index of interoperability, as cameras write it."""
    interop = struct.pack("<HHHI4sI", 1, 1, 2, 4, index, 0)
    inner_at = 8 + 2 + 12 + 4
    inner_size = 2 + 24 + 4
    inner = struct.pack("<HHHIHH", 2, 0xA001, 3, 1, space, 0)
    inner += struct.pack("<HHII", 0xA005, 4, 1, inner_at + inner_size) + struct.pack("<I", 0)
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<HHHIII", 1, 0x8769, 4, 1, inner_at, 0)
    return b"Exif\0\0" + head + inner + interop


@pytest.mark.slow
def test_palettes_and_masks_are_read_in_their_colors_too(tmp_path):
    colors = np.array([[[10, 60, 128], [200, 90, 40], [255, 255, 255]]])
    (tmp_path / "p.png").write_bytes(tagged(colors, gama(1.0)))
    wanted = 255 * to_srgb(colors / 255, "sRGB", 1.0)
    found = np.array(sorted(read_palette(tmp_path / "p.png").colors.tolist()))
    assert np.abs(found - np.array(sorted(wanted[0].tolist()))).max() <= 2
    gray = np.where(np.arange(30) < 15, 40, 200)[None].repeat(20, axis=0)
    masks = {}
    for name, chunks in (("plain", []), ("linear", [gama(1.0)])):
        (tmp_path / f"{name}.png").write_bytes(tagged(gray, *chunks))
        masks[name] = pm.compress(scene(), 4, importance=str(tmp_path / f"{name}.png")).source.importance
    assert not np.array_equal(masks["plain"], masks["linear"])


@pytest.mark.slow
@pytest.mark.parametrize("chunks", [[gama(0.7)], [gama(0.6), chrm("Display P3")], [(b"sRGB", b"\0"), gama(0.7)]])
def test_an_opened_pillow_picture_is_read_as_its_file(chunks):
    data = tagged(scene(), *chunks)
    with PIL.Image.open(io.BytesIO(data)) as file:
        assert np.array_equal(pm.compress(file, 8).original.pixels, pixels(data))


@given(st.sampled_from(["curve", "table", "identity"]), st.floats(1.0, 3.0), st.sampled_from([256, 65536]))
@settings(max_examples=examples(20), deadline=None)
def test_curves_of_every_kind_are_read(kind, exponent, levels):
    points = [round(65535 * (i / 1023) ** exponent) for i in range(1024)]
    curve = {
        "curve": struct.pack(">4s4xIH", b"curv", 1, round(256 * exponent)),
        "table": struct.pack(">4s4xI1024H", b"curv", 1024, *points),
        "identity": struct.pack(">4s4xI", b"curv", 0),
    }[kind]
    whole = gray_profile(Curve(1.0))
    at = whole.index(b"para")
    data = whole[:at] + curve
    place = 132 + 12 * 3  # kTRC is the fourth tag
    assert data[place : place + 4] == b"kTRC"
    data = data[: place + 8] + struct.pack(">I", len(curve)) + data[place + 12 :]
    light = formula_of(data, levels).light[0]
    wanted = np.linspace(0, 1, levels) ** {"curve": round(256 * exponent) / 256, "table": exponent}.get(kind, 1.0)
    assert np.abs(light - wanted).max() < 2e-3


def test_profiles_that_are_damaged_have_no_formula():
    whole = rgb_profile(SPACES["Display P3"], Curve(2.2))
    for end in range(0, len(whole), 7):
        formula_of(whole[:end], 256)  # which never raises
    assert formula_of(whole[:140], 256) is None
    assert rgb_profile((D65, (0.3, 0.3), (0.3, 0.3), (0.3, 0.3)), Curve(2.2)) is None


@pytest.mark.slow
@pytest.mark.parametrize("format", ["JPEG", "TIFF", "WEBP", "PNG"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_exif_counts_alike_for_grays_and_colors_and_not_in_png(format, mode):
    exif = PIL.Image.Exif()
    exif.load(exif_block(2, b"R03\0"))
    picture = PIL.Image.fromarray(scene()).convert(mode)
    options = {"lossless": True} if format == "WEBP" else {"quality": 100} if format == "JPEG" else {}
    stored, data = pixels(saved(picture, format, **options)), saved(picture, format, exif=exif, **options)
    decoded = decode(data, name="x")
    with PIL.Image.open(io.BytesIO(data)) as opened:
        assert np.array_equal(np.asarray(pm.compress(opened, 256).original.pixels), decoded.image.pixels)
    assert not [detail for detail in decoded.details if "unreadable" in detail]
    if format == "PNG":  # whose chunks tell the space
        assert np.array_equal(decoded.image.pixels, stored)
        return
    values = np.asarray(stored, float) / 255
    wanted = 255 * to_srgb(values[..., :1] if mode == "L" else values, "Adobe RGB", 563 / 256)
    assert np.abs(decoded.image.pixels - wanted).max() <= 2


@given(st.sampled_from([1, 9, 12]), st.integers(0, 99))
@settings(max_examples=examples(10), deadline=None)
def test_primaries_do_not_matter_to_grays(primaries, seed):
    gray = np.random.default_rng(seed).integers(0, 256, (5, 7), np.uint8)
    decoded = decode(tagged(gray, (b"cICP", bytes((primaries, 13, 0, 1)))), name="x")
    assert decoded.exact
    assert np.array_equal(decoded.image.pixels[..., 0], gray)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["png", "webp", "gif"])
@pytest.mark.parametrize("ndim", [2, 3])
def test_kept_colors_are_kept_or_the_line_says_that_they_are_not(format, ndim):
    samples = scene() if ndim == 3 else scene()[..., 1]
    result = pm.compress(tagged(samples, gama(1.0)), 256, icc="keep", format=format)
    assert (result.indexed.icc is None) == any("converted to sRGB" in note for note in result.notes)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["png", "webp", "gif"])
@pytest.mark.parametrize("icc", ["srgb", "keep"])
@pytest.mark.parametrize("chunks", [[gama(0.4)], [chrm("Display P3")], [gama(0.7), chrm("Adobe RGB")]])
def test_a_file_is_compared_with_its_original_in_one_space(format, icc, chunks):
    original = tagged(scene(), *chunks)
    result = pm.compress(original, 8, icc=icc, format=format)
    told = facts("x", result.data, ("original", original), icc=icc)["against"]
    assert told["mse"] == pytest.approx(result.mse, rel=0.01, abs=0.01)
