"""Vectors of four, of eight, of a compiler's own making, and none at all give the same bits."""

import subprocess

import pytest
from compiled import built


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    found = {}
    for way, program in built("lanes_check.c", tmp_path_factory.mktemp("lanes")):
        for wide in "01":
            run = subprocess.run([str(program), wide], check=True, capture_output=True, text=True)
            found[way, wide] = run.stdout
    return found


@pytest.mark.slow
def test_every_way_gives_the_same(outputs):
    assert len(set(outputs.values())) == 1


@pytest.mark.slow
def test_the_single_search_and_the_box_test_agree_with_the_leaf(outputs):
    for line in outputs["plain C", "0"].splitlines():
        points, sums = line.split("| ")
        numbers = points.split()
        assert sums
        assert set(numbers[1::3]) == {"1"}  # a single search finds the leaf's label
        assert set(numbers[2::3]) == {"1"}  # the box test never throws a nearest candidate away


@pytest.mark.slow
def test_every_way_finds_the_same_path_through_the_trellis(tmp_path):
    found = {
        way: subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
        for way, program in built("trellis_check.c", tmp_path)
    }
    assert len(set(found.values())) == 1
    rows = found["plain C"].splitlines()
    assert len(rows) == 2 * 30
    assert len(set(rows)) > 50
