"""Whatever speaks of loss is checked against the files, decoded by Pillow: pictures of every kind, every format."""

import io
import json
import struct

import numpy as np
import PIL.Image
import pytest
from codec_files import png, scanlines
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.__main__ import main
from pixmeans.batch import report
from pixmeans.batch.facts import facts
from pixmeans.batch.jobs import Job

KINDS = ["L", "LA", "RGB", "RGBA", "P", "gray 16", "gray alpha 16", "RGB 16", "RGBA 16", "gamma", "P3", "GIF", "APNG"]


def made(kind, seed):
    """The bytes of a file, and what it shows: (h, w, 4) float RGBA of sRGB in 0..255, beyond where sRGB ends.

    None instead for colors that are converted.
    """
    rng = np.random.default_rng(seed)
    h, w = (int(side) for side in rng.integers(1, 12, 2))
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "gamma": 3, "P3": 3}.get(kind)
    few = rng.integers(1, 9)  # colors, so that some pictures lose nothing
    if kind in ("GIF", "APNG"):
        frames = [PIL.Image.fromarray(rng.integers(0, 256, (h, w, 3), np.uint8)).quantize(4) for _ in range(3)]
        file = io.BytesIO()
        frames[0].save(file, "GIF" if kind == "GIF" else "PNG", save_all=True, append_images=frames[1:])
        return file.getvalue(), shown(file.getvalue())
    if kind == "P":
        picture = PIL.Image.fromarray(rng.integers(0, few, (h, w), np.uint8))
        picture.putpalette(rng.integers(0, 256, 768, np.uint8).tobytes())
        file = io.BytesIO()
        picture.save(file, "PNG", transparency=rng.choice([0, 90, 255], 8).astype(np.uint8).tobytes())
        return file.getvalue(), shown(file.getvalue())
    deep = kind.endswith(" 16")
    if deep:
        channels = {"gray 16": 1, "gray alpha 16": 2, "RGB 16": 3, "RGBA 16": 4}[kind]
        scale = int(rng.choice([1, 257]))  # those of 257 lose nothing in 8 bits
        table = rng.integers(0, 65536 // scale, (few, channels)) * scale
    else:
        table = rng.integers(0, 256, (few, channels))
    if channels in (2, 4):
        table[:, -1] = rng.choice([0, table[0, -1], 65535 if deep else 255], few)
    samples = table[rng.integers(0, few, (h, w))]
    chunks = {"gamma": [(b"gAMA", struct.pack(">I", 100_000))], "P3": [(b"cICP", bytes([12, 13, 0, 1]))]}.get(kind, [])
    color_type, bits = {1: 0, 2: 4, 3: 2, 4: 6}[channels], 16 if deep else 8
    data = png(w, h, bits, color_type, scanlines(samples.reshape(h, -1), bits), 0, *chunks)
    if chunks:
        return data, None
    values = samples / 257 if deep else samples.astype(float)
    color = np.repeat(values[..., :1], 3, axis=2) if channels < 3 else values[..., :3]
    alpha = values[..., -1:] if channels in (2, 4) else np.full((h, w, 1), 255.0)
    return data, np.concatenate([color, alpha], axis=2)


def shown(data):
    """The first frame of a file of 8 bits, by Pillow."""
    with PIL.Image.open(io.BytesIO(data)) as file:
        return np.asarray(file.convert("RGBA")).astype(float)


def distance(one, other):
    """The mean over pixels of the squared distance over R, G, B, over black and over white."""
    a, b = ((x[..., :3] * x[..., 3:] / 255, x[..., 3:]) for x in (one, other))
    black = a[0] - b[0]
    white = black - (a[1] - b[1])
    return ((black**2).sum(axis=2) + (white**2).sum(axis=2)).mean() / 2


@pytest.mark.slow
@given(
    st.sampled_from(KINDS),
    st.integers(0, 10_000),
    st.sampled_from(["png", "webp", "gif"]),
    st.sampled_from([2, 3, 4, 256]),
    st.sampled_from(["none", "auto"]),
)
@settings(max_examples=examples(200), deadline=None)
def test_what_is_said_of_loss_is_true(kind, seed, format, k, dither):
    data, original = made(kind, seed)
    result = pm.compress(data, k, format=format, dither=dither)
    told, found = result.to_dict(), shown(result.data)
    assert told["mse"] == result.mse
    assert told["lossless"] == result.lossless
    line = report.summary(Job("a", "b", format), result, 0.0)
    assert ("lossless" in line) == result.lossless
    assert all(loss in line for loss in told["losses"])
    if original is None:
        assert not result.lossless
    else:
        # Alpha of 16 bits is rounded for the comparison: that is half of one 255th.
        slack = 1e-6 if kind not in ("gray alpha 16", "RGBA 16") else 1.0 + 0.1 * distance(original, found)
        assert result.mse == pytest.approx(distance(original, found), abs=slack)
        same = distance(original, found) < 1e-12
        assert result.lossless == (same and kind not in ("GIF", "APNG"))
        if not same:
            assert result.losses or result.psnr is not None
    facts_of = facts("b", result.data, ("a", data))["against"]
    assert facts_of["mse"] == pytest.approx(result.mse, abs=1e-9)
    assert facts_of["lossless"] <= (facts_of["mse"] == 0 and kind not in ("GIF", "APNG", "gamma", "P3"))
    if result.lossless:
        assert facts_of["lossless"]
        assert facts_of["ssimulacra2"] == 100
    assert result.mse > 0 or result.psnr is None


@pytest.mark.slow
@given(st.sampled_from([kind for kind in KINDS if kind not in ("GIF", "APNG")]), st.integers(0, 10_000))
@settings(max_examples=examples(30), deadline=None)
def test_a_wanted_quality_is_that_of_the_file_that_was_read(kind, seed):
    data, original = made(kind, seed)
    for format in ("gif", "png"):
        result = pm.compress(data, quality="psnr:45", format=format)
        if original is not None and kind not in ("gray alpha 16", "RGBA 16"):
            error = distance(original, shown(result.data))
            psnr = np.inf if error == 0 else 10 * np.log10(3 * 255**2 / error)
            assert result.reached == (psnr >= 45)
        told = facts("b", result.data, ("a", data))["against"]
        assert result.reached == (told["psnr"] is None or told["psnr"] >= 45)


@pytest.mark.slow
@given(st.integers(0, 10_000))
@settings(max_examples=examples(15), deadline=None)
def test_visual_quality_of_cut_alpha_is_that_of_the_file(seed):
    data, _ = made("RGBA", seed)
    result = pm.compress(data, quality="90", format="gif")
    told = facts("b", result.data, ("a", data))["against"]
    if result.quality is not None:
        assert result.quality <= told["ssimulacra2"] + 1e-9
        assert result.reached == (result.quality >= 90)
    else:
        assert told["mse"] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "format", "code"),
    [("RGB", "png", 0), ("RGBA", "gif", 99), ("gray 16", "png", 99), ("P3", "png", 99), ("GIF", "png", 99)],
)
def test_strict_counts_what_is_lost_beside_colors(tmp_path, capsys, kind, format, code):
    data = next(
        data
        for data, result in ((data, pm.compress(data, format=format)) for data, _ in (made(kind, n) for n in range(99)))
        if bool(result.losses) == (code == 99)
    )
    (tmp_path / "in").write_bytes(data)
    output = tmp_path / f"out.{format}"
    one = ["--frame", "1"] * (kind == "GIF")  # all frames would lose nothing
    assert main([*one, "--strict", "--keep-larger", str(tmp_path / "in"), "-o", str(output)]) in (code, code or 98)
    assert output.exists() == (code == 0)
    assert ("nothing written" in capsys.readouterr().err) == (code == 99)
    # With a wanted quality that is reached the losses are part of what was asked for; frames cannot be measured.
    wanted = 99 if kind == "GIF" else 0
    main([*one, "--strict", "--quality", "psnr:1", "--json", str(tmp_path / "in"), "-o", str(tmp_path / f"q.{format}")])
    told = json.loads(capsys.readouterr().out)
    assert (told["status"] == "missed") == (wanted == 99 or not told["reached"])
