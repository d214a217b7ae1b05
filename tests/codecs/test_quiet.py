"""What decoding changes for the whole process is undone, whatever happens meanwhile."""

import os
import subprocess
import sys
import tempfile
import threading
import warnings

import PIL.Image
import pytest

from pixmeans.codecs import quiet


def test_a_change_lasts_until_the_last_one_leaves():
    made, undone = [], []

    def make():
        made.append(1)
        return lambda: undone.append(1)

    change = quiet._Change(make)
    try:
        with change:
            with change:
                pass
            assert (len(made), len(undone)) == (1, 0)
        assert (len(made), len(undone)) == (1, 1)
    finally:
        quiet._changes.remove(change)


def test_filters_come_back_after_an_exception():
    before = list(warnings.filters)

    def fail():
        with quiet.no_warnings:
            assert list(warnings.filters) != before
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(warnings.filters) == before


def test_messages_of_libraries_are_lost_and_ours_are_not(capfd):
    with quiet.no_messages:
        os.write(2, b"library")
    os.write(2, b"ours")
    assert capfd.readouterr().err == "ours"


@pytest.mark.slow
def test_what_other_threads_say_meanwhile_is_heard():
    code = (
        "import os, sys, threading\n"
        "from pixmeans.codecs import quiet\n"
        "for number in range(3):\n"
        "    with quiet.no_messages:\n"
        "        os.write(2, b'library')\n"
        "        other = threading.Thread(target=lambda: print('other', number, file=sys.stderr))\n"
        "        other.start(); other.join()\n"
        "        late = sys.stderr\n"
        "    print('after', number, file=sys.stderr)\n"
        "    with open('file', 'w') as file:\n"
        "        late.write('late\\n')\n"
        "    assert os.path.getsize('file') == 0\n"
        "sys.stderr = None\n"
        "with quiet.no_messages:\n"
        "    os.write(2, b'library')\n"
        "assert sys.stderr is None\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert made.stderr.split("\n") == [
        word for number in range(3) for word in (f"other {number}", f"after {number}", "late")
    ] + [""]


def test_the_raised_limit_is_the_largest_wanted_and_never_lower(monkeypatch):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 100)
    with quiet.raised_limit(300):
        with quiet.raised_limit(700), quiet.raised_limit(50):
            assert PIL.Image.MAX_IMAGE_PIXELS == 700
        assert PIL.Image.MAX_IMAGE_PIXELS == 300
    with quiet.raised_limit(50):
        assert PIL.Image.MAX_IMAGE_PIXELS == 100
    assert PIL.Image.MAX_IMAGE_PIXELS == 100
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", None)
    with quiet.raised_limit(50):
        assert PIL.Image.MAX_IMAGE_PIXELS is None


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_begins_without_any_change(monkeypatch):
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 100)
    before = list(warnings.filters)
    inside, leave = threading.Event(), threading.Event()

    def decode():
        with quiet.no_warnings, quiet.no_messages, quiet.raised_limit(500):
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=decode)
    thread.start()
    inside.wait(30)
    child = os.fork()
    if child == 0:
        clean = list(warnings.filters) == before and PIL.Image.MAX_IMAGE_PIXELS == 100 and quiet._lock.acquire(False)
        os._exit(0 if clean and not os.path.samestat(os.fstat(2), os.stat(os.devnull)) else 1)
    _, status = os.waitpid(child, 0)
    leave.set()
    thread.join()
    assert status == 0
