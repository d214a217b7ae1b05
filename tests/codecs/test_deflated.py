"""Packing by deflate: a stream that any inflater reads, and one error where there is no memory for it."""

import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixmeans.codecs.deflated import deflated, zlib_stream

# The whole range from no room at all to room for everything, told by what came of each.
_WITH_LITTLE_MEMORY = """
import resource
import numpy as np
from pixmeans.codecs.deflated import zlib_stream

block = np.zeros(2 << 20, np.uint8)
for room in range(0, 40):
    with open("/proc/self/statm") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + (room << 20), resource.RLIM_INFINITY))
    try:
        zlib_stream(block, 12)
        found = "packed"
    except MemoryError:
        found = "no memory"
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(found)
"""


@given(st.binary(max_size=500), st.integers(1, 12))
def test_what_is_packed_is_unpacked(data, level):
    assert zlib.decompress(zlib_stream(data, level)) == data
    assert zlib.decompress(deflated(np.frombuffer(data, np.uint8), level // 2)) == data


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits address space as Linux does")
def test_too_little_memory_is_an_error_and_nothing_is_said_beside_it():
    done = subprocess.run([sys.executable, "-c", _WITH_LITTLE_MEMORY], capture_output=True, text=True, check=False)
    found = done.stdout.split("\n")[:-1]
    assert done.stderr == ""
    assert found[0] == "no memory"
    assert found[-1] == "packed"
    assert found == sorted(found)  # what fits, fits with more memory, too
