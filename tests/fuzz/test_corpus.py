"""The kept cases of fuzzing, and some more made from them: each harness finds nothing."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest
from fuzz.harnesses import HARNESSES, Fault, with_sound_checksums
from fuzz.run import mutated
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans.codecs import decode, encode
from pixmeans.errors import InputError

CORPUS = Path(__file__).parent / "corpus"
CASES = {name: sorted((CORPUS / name).iterdir()) for name in HARNESSES}


@pytest.mark.slow
@pytest.mark.parametrize("name", HARNESSES)
def test_kept_cases_find_nothing(name: str) -> None:
    assert CASES[name]
    for path in CASES[name]:
        HARNESSES[name](path.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("name", HARNESSES)
def test_cases_made_of_them_find_nothing(name: str) -> None:
    seeds = [path.read_bytes() for path in CASES[name]]

    @settings(max_examples=examples(60))
    @given(st.integers(0, 2**32 - 1))
    def law(seed: int) -> None:
        dice = random.Random(seed)
        HARNESSES[name](mutated(dice.choice(seeds), dice, seeds))

    law()


def test_the_corpus_is_small() -> None:
    assert sum(path.stat().st_size for paths in CASES.values() for path in paths) < 2_000_000


def test_checksums_are_mended_and_nothing_else() -> None:
    data = (CORPUS / "read" / "rgb.png").read_bytes()
    assert with_sound_checksums(data) == data
    broken = bytearray(data)
    broken[29] ^= 1  # of IHDR's checksum
    assert with_sound_checksums(bytes(broken)) == data
    assert with_sound_checksums(b"GIF89a") == b"GIF89a"


@pytest.mark.parametrize("name", ["png", "gif", "webp"])
def test_a_harness_finds_a_writer_that_lies(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def lying(picture, format, **options):
        indices = picture.indices.copy()
        indices[0, 0] = (indices[0, 0] + 1) % len(picture.palette)
        object.__setattr__(picture, "indices", indices)
        file = encode(picture, format, **options)
        indices[0, 0] = (indices[0, 0] - 1) % len(picture.palette)
        return file

    def all_cases() -> None:
        for path in CASES[name]:
            HARNESSES[name](path.read_bytes())

    monkeypatch.setattr("fuzz.harnesses.encode", lying)
    with pytest.raises(Fault):
        all_cases()


@pytest.mark.slow
def test_the_reader_is_fuzzed_with_every_format() -> None:
    found = set()
    for path in CASES["read"]:
        with contextlib.suppress(InputError):
            found.add(decode(path.read_bytes(), name="x").format)
    assert found >= {"PNG", "JPEG", "GIF", "WebP", "AVIF", "TIFF", "BMP", "ICO", "TGA", "PNM", "QOI", "JPEG 2000"}
