"""The thread pool: order, errors, nesting, context, fork."""

import os
import subprocess
import sys
import threading
import time

import pytest

from pixmeans.parallel import each, thread_count, use_threads

FORK = """
import os, sys, warnings
import numpy as np
from pixmeans.clustering.points import Points
from pixmeans.parallel import each, use_threads

warnings.simplefilter("ignore")  # Python 3.12 warns of any fork with threads: that it works is what is tested
points = Points(np.arange(100_000.0).reshape(-1, 2))
centroids = points.values[::10_000]

def forked():
    child = os.fork()
    if child == 0:
        again = points.sums(centroids)
        {end}(0 if np.array_equal(again.totals, before.totals) else 3)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

with use_threads(3):
    before = points.sums(centroids)
    status = {call}
    assert np.array_equal(points.sums(centroids).totals, before.totals)
sys.exit(status)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize(
    ("call", "end"),
    [
        ("forked()", "os._exit"),
        ("forked()", "sys.exit"),
        ("max(each(lambda _: forked(), [1, 2, 3]))", "os._exit"),  # a worker that forks, as multiprocessing may
    ],
)
def test_a_child_made_by_fork_computes_as_its_parent(call, end):
    code = FORK.format(end=end, call=call)
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 3])
def test_results_come_in_the_order_of_the_parts(threads):
    with use_threads(threads):
        assert each(lambda part: time.sleep((9 - part) / 500) or part, list(range(10))) == list(range(10))


def test_each_inside_each_ends():
    def outer(part):
        return sum(each(lambda one: part * one, [1, 2, 3]))

    with use_threads(2):
        assert each(outer, list(range(8))) == [6 * part for part in range(8)]


def test_workers_see_how_many_threads_are_wanted():
    with use_threads(3):
        seen = each(lambda _: (thread_count(), threading.current_thread().name), list(range(6)))
    assert {count for count, _ in seen} == {3}
    assert all(name.startswith("pixmeans") for _, name in seen)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_error_of_the_first_part_that_fails_is_raised_and_nothing_runs_on(threads):
    running = []

    def work(part):
        running.append(part)
        time.sleep(0.02 if part == 1 else 0.0)
        try:
            if part in (1, 2):
                raise ValueError(f"part {part}")
        finally:
            running.remove(part)

    with use_threads(threads), pytest.raises(ValueError, match="part 1"):
        each(work, list(range(50)))
    assert running == []
    with use_threads(threads):
        assert each(str, [1, 2]) == ["1", "2"]  # the pool goes on


def test_an_interrupt_waits_for_running_parts_and_drops_the_others():
    began, ended = [], []

    def work(part):
        began.append(part)
        if part == 0:
            raise KeyboardInterrupt
        time.sleep(0.02)
        ended.append(part)

    with use_threads(2), pytest.raises(KeyboardInterrupt):
        each(work, list(range(200)))
    assert sorted(ended) == sorted(set(began) - {0})
    assert len(began) < 200
