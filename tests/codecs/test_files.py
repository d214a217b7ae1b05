"""Files that may be anything are read or refused; results appear whole or not at all."""

import errno
import os
import socket
import stat
import threading

import pytest

from pixmeans.codecs import files, read_bytes, shown, write_atomically
from pixmeans.errors import InputError, OutputError, OutputExistsError

unix = pytest.mark.skipif(os.name == "nt", reason="about Unix files")


@pytest.fixture(params=["unnamed", "hidden"])
def way(request, monkeypatch):
    """Both ways of writing aside: Linux's unnamed files, and hidden ones."""
    if request.param == "hidden":
        monkeypatch.setattr(files, "_open_unnamed", lambda *_: None)


def refused(path):
    with pytest.raises(InputError) as caught:
        read_bytes(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_file_is_read_whole(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x" * 100_001)
    assert read_bytes(tmp_path / "a.png") == b"x" * 100_001


def test_an_empty_file_is_empty_bytes(tmp_path):
    (tmp_path / "a.png").touch()
    assert read_bytes(tmp_path / "a.png") == b""


def test_what_is_missing_or_no_file_is_refused_by_name(tmp_path):
    assert refused(tmp_path / "gone.png").startswith(f"{tmp_path}/gone.png: no such file")
    assert "folder" in refused(tmp_path)
    assert "name is empty" in refused("")
    assert "null" in refused("a\0b.png")
    assert "too long" in refused("x" * 5000)


@unix
def test_pipes_sockets_devices_and_links_to_nowhere_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "pipe" in refused(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as made:
        here = os.getcwd()
        os.chdir(tmp_path)
        try:
            made.bind("s")
        finally:
            os.chdir(here)
    assert "socket" in refused(tmp_path / "s")
    assert "device" in refused("/dev/zero")
    (tmp_path / "dangling").symlink_to("gone")
    assert "link" in refused(tmp_path / "dangling")
    (tmp_path / "loop").symlink_to("loop")
    assert "circle" in refused(tmp_path / "loop")


@pytest.mark.skipif(not os.path.exists("/proc/self/maps"), reason="about Linux's /proc")
def test_kernel_files_without_a_size_are_refused():
    assert "size" in refused("/proc/self/maps")
    assert "cannot be read" in refused("/proc/self/mem")


def test_a_file_over_the_limit_is_refused_unread(tmp_path):
    with open(tmp_path / "big.png", "wb") as file:
        file.truncate(files.MAX_BYTES + 1)
    assert "limit" in refused(tmp_path / "big.png")


def test_names_are_shown_on_one_line():
    assert shown("Ünï 日本.png") == "Ünï 日本.png"
    assert shown("a\nb\x1b[31m.png") == r"a\nb\x1b[31m.png"
    assert shown(os.fsdecode(b"caf\xe9.png")).isprintable()


@pytest.mark.usefixtures("way")
def test_a_new_file_is_written_whole_with_usual_permissions(tmp_path):
    target = tmp_path / ("L" * 251 + ".png")
    write_atomically(target, b"data" * 50_000)
    assert target.read_bytes() == b"data" * 50_000
    assert os.listdir(tmp_path) == [target.name]
    usual = tmp_path / "usual"
    usual.touch()
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


@pytest.mark.usefixtures("way")
def test_what_exists_is_not_touched_unasked(tmp_path):
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    with pytest.raises(OutputExistsError, match="--force"):
        write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.png"]


@pytest.mark.usefixtures("way")
def test_overwriting_keeps_the_mode(tmp_path):
    target = tmp_path / "a.png"
    target.write_bytes(b"old")
    target.chmod(0o640)
    write_atomically(target, b"new", overwrite=True)
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    like = tmp_path / "like"
    like.touch(0o604)
    like.chmod(0o604)
    write_atomically(target, b"newer", overwrite=True, keep_mode_of=like)
    assert stat.S_IMODE(target.stat().st_mode) == 0o604
    assert sorted(os.listdir(tmp_path)) == ["a.png", "like"]


@pytest.mark.usefixtures("way")
def test_a_name_taken_in_the_last_moment_is_not_overwritten(tmp_path, monkeypatch):
    target = tmp_path / "a.png"
    fill = files._fill

    def fill_while_somebody_else_is_faster(*args):
        fill(*args)
        target.write_bytes(b"theirs")

    monkeypatch.setattr(files, "_fill", fill_while_somebody_else_is_faster)
    with pytest.raises(OutputExistsError):
        write_atomically(target, b"ours")
    assert target.read_bytes() == b"theirs"
    assert os.listdir(tmp_path) == ["a.png"]


@pytest.mark.usefixtures("way")
def test_of_many_writers_one_succeeds(tmp_path):
    target = tmp_path / "a.png"
    outcomes = []

    def write(number):
        try:
            write_atomically(target, bytes([number]) * 100_000)
            outcomes.append(number)
        except OutputExistsError:
            pass

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1
    assert target.read_bytes() == bytes(outcomes) * 100_000
    assert os.listdir(tmp_path) == ["a.png"]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("call", ["fsync", "write"])
def test_whatever_happens_nothing_is_left(tmp_path, monkeypatch, error, overwrite, call):
    target = tmp_path / "a.png"
    if overwrite:
        target.write_bytes(b"old")

    def fail(*_):
        raise error

    monkeypatch.setattr(os, call, fail)
    with pytest.raises((OutputError, KeyboardInterrupt)) as caught:
        write_atomically(target, b"new", overwrite=overwrite)
    monkeypatch.undo()
    if isinstance(error, OSError):
        assert "disk is full" in str(caught.value)
        assert "a.png" in str(caught.value)
    assert os.listdir(tmp_path) == (["a.png"] if overwrite else [])
    assert not overwrite or target.read_bytes() == b"old"


@unix
@pytest.mark.parametrize("overwrite", [False, True])
def test_where_nothing_can_be_linked_the_name_is_reserved_first(tmp_path, monkeypatch, overwrite):
    def no_links(*_, **__):
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", no_links)
    write_atomically(tmp_path / "a.png", b"new", overwrite=overwrite)
    assert (tmp_path / "a.png").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.png"]


@unix
@pytest.mark.usefixtures("way")
def test_a_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "real.png").write_bytes(b"old")
    (tmp_path / "link.png").symlink_to("real.png")
    with pytest.raises(OutputExistsError):
        write_atomically(tmp_path / "link.png", b"new")
    write_atomically(tmp_path / "link.png", b"new", overwrite=True)
    assert (tmp_path / "link.png").is_symlink()
    assert (tmp_path / "real.png").read_bytes() == b"new"


@unix
def test_the_input_is_never_replaced_under_another_name(tmp_path):
    source = tmp_path / "in.png"
    source.write_bytes(b"original")
    (tmp_path / "link.png").symlink_to("in.png")
    os.link(source, tmp_path / "hard.png")
    for name in ("in.png", "link.png", "hard.png"):
        with pytest.raises(OutputError, match="input itself"):
            write_atomically(tmp_path / name, b"new", overwrite=True, never=source)
    assert source.read_bytes() == b"original"


def test_folders_missing_folders_and_impossible_names_are_refused(tmp_path):
    for path, reason in (
        (tmp_path, "folder"),
        (tmp_path / "no" / "a.png", "create it first"),
        (tmp_path / ("x" * 256), "too long"),
        ("", "empty"),
        ("a\0b", "null"),
    ):
        with pytest.raises(OutputError, match=reason) as caught:
            write_atomically(path, b"data")
        assert not isinstance(caught.value, OutputExistsError)
        assert "\n" not in str(caught.value)


@unix
def test_devices_and_pipes_are_written_to_and_stay(tmp_path, capfdbinary):
    write_atomically("/dev/null", b"data")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    write_atomically("/dev/stdout", b"data")
    assert capfdbinary.readouterr().out == b"data"
    os.mkfifo(tmp_path / "pipe")
    got = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_atomically(tmp_path / "pipe", b"data")
    reader.join()
    assert got == [b"data"]
