"""Reading files that may be anything, and writing files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import InputError, OutputError, OutputExistsError, shown

Path = str | os.PathLike[str]

PICTURE = "a picture"

MAX_BYTES = 2 << 30  # of an input file: far above any picture within the limit of pixels

_WAY_OUT = {
    errno.ENOSPC: "the disk is full; free some space or write elsewhere",
    errno.EDQUOT: "your disk quota is used up; free some space or write elsewhere",
    errno.EFBIG: "the file would be larger than allowed here; write elsewhere",
    errno.EROFS: "the disk is read-only; write elsewhere",
    errno.EACCES: "no permission; write to another folder or change its permissions",
    errno.EPERM: "no permission; write to another folder or change its permissions",
    errno.ENOENT: "its folder does not exist; create it first",
    errno.ENOTDIR: "a part of its path is a file, not a folder; choose another path",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.EEXIST: "a file has this name; choose another",
    errno.ELOOP: "its links lead in a circle; choose another path",
    errno.EMFILE: "too many files are open; close some or raise the limit (ulimit -n)",
}

_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0)


def read_bytes(path: Path, what: str = PICTURE) -> bytes:
    """All bytes of a regular file.

    what: it should be, for messages. Raises InputError, with the name and the way out, for what is missing or
    forbidden, for folders, pipes, sockets and devices (that could block or never end), for files of the kernel that
    do not tell their size, and for more than 2 GiB.
    """
    name = shown(path)
    if not os.fspath(path):
        raise InputError(f"'': the name is empty; give the path of {what}{_or_stdin(what)}")
    try:
        # Without waiting: opening a pipe would block until somebody writes to it.
        descriptor = os.open(path, os.O_RDONLY | _BINARY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: {_why_unreadable(path, error, what)}") from error
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise InputError(f"{name}: {_kind(about.st_mode, what)}")
        if about.st_size > MAX_BYTES:
            raise InputError(f"{name}: {about.st_size / 1e9:.1f} GB are more than the limit, 2 GiB; make it smaller")
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(about.st_size) if about.st_size else file.read(1)
            if data and not about.st_size:
                raise InputError(f"{name}: the file does not tell its size; copy it to a normal file first")
            return data
    except OSError as error:
        raise InputError(f"{name}: {_why_unreadable(path, error, what)}") from error
    except MemoryError as error:
        raise InputError(f"{name}: the file does not fit into memory; make the picture smaller") from error
    finally:
        os.close(descriptor)


def write_atomically(
    path: Path,
    data: bytes,
    *,
    overwrite: bool = False,
    keep_mode_of: Path | None = None,
    keep_times_of: Path | None = None,
    never: Path | None = None,
) -> None:
    """Write `data` so that the name `path` never stands for anything but the old file or the whole new one.

    The bytes are written aside, in the same folder, and forced to the disk; then they take the name at once.
    Whatever goes wrong, nothing half-written is left.

    overwrite: replace what is there; otherwise it stays, even if it appears in the last moment.
    keep_mode_of: the new file gets this file's permissions (and owner, where allowed). Without it a replaced
        file keeps its own.
    keep_times_of: the new file gets this file's times of access and modification.
    never: a file that must not be replaced, usually the input.

    A link is followed: its target is replaced, the link stays. What is no file at all (/dev/null,
    /dev/stdout, a pipe) is written to. Raises OutputExistsError, OutputError.
    """
    name = shown(path)
    if not os.fspath(path):
        raise OutputError("'': the name of the output is empty; give a path, or - for standard output")
    try:
        if _written_directly(path, data):
            return
        if never is not None and same_file(path, never):
            raise OutputError(f"{name}: this is the input itself; choose another name, or use --in-place")
        if os.path.isdir(path):
            raise OutputError(f"{name}: this is a folder; give the name of a file, or use -d for a folder")
        if os.path.lexists(path) and not overwrite:
            raise OutputExistsError.at(path)
        target = os.path.realpath(path) if os.path.islink(path) else os.fspath(path)
        mode_of = _mode_source(target, keep_mode_of)
        times_of = None if keep_times_of is None else os.stat(keep_times_of)
        _publish(target, overwrite, _Contents(data, mode_of, times_of))
    except FileExistsError as error:
        raise OutputExistsError.at(path) from error
    except (OSError, ValueError) as error:
        raise OutputError(f"{name}: cannot be written: {way_out(error)}") from error


def make_folder(path: Path) -> None:
    """Make a folder and those around it, where they are missing. Raises OutputError."""
    try:
        os.makedirs(path, exist_ok=True)
    except (OSError, ValueError) as error:
        raise OutputError(f"{shown(path)}: the folder cannot be made: {way_out(error)}") from error


class _Contents(NamedTuple):
    """What a new file holds, and the files that it has its permissions and its times from."""

    data: bytes
    mode_of: os.stat_result | None
    times_of: os.stat_result | None


def _publish(target: str, overwrite: bool, contents: _Contents) -> None:
    folder = os.path.dirname(target) or os.curdir
    mode = 0o666 if contents.mode_of is None else 0o600  # less what the umask takes
    if not _published_unnamed(folder, mode, target, overwrite, contents):
        temporary = _hidden(folder)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
        try:
            try:
                _fill(descriptor, contents)
            finally:
                os.close(descriptor)
            if overwrite:
                os.replace(temporary, target)
            else:
                _rename_new(temporary, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
    _sync_folder(folder)


def _published_unnamed(folder: str, mode: int, target: str, overwrite: bool, contents: _Contents) -> bool:
    """Write to a file that has no name until it is complete: killed before that, nothing is left of it.

    False where the system cannot do so (it is Linux's O_TMPFILE, on most of its file systems).
    """
    descriptor = _open_unnamed(folder, mode)
    if descriptor is None:
        return False
    try:
        _fill(descriptor, contents)
        if not overwrite:
            return _named(descriptor, target)
        aside = _hidden(folder)
        try:
            if not _named(descriptor, aside):
                return False
            os.replace(aside, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(aside)
            raise
    finally:
        os.close(descriptor)
    return True


def _named(descriptor: int, name: str) -> bool:
    """Give an unnamed file a name that nobody has; False where that is not possible (no /proc, say)."""
    try:
        # With a src_dir_fd Python calls linkat and lets it follow /proc's link; without, it would not.
        os.link(f"/proc/self/fd/{descriptor}", name, src_dir_fd=descriptor)
    except FileExistsError:
        raise
    except OSError:
        return False
    return True


def _fill(descriptor: int, contents: _Contents) -> None:
    """All of the data, the permissions and times, and all of it on the disk."""
    _write_all(descriptor, contents.data)
    if contents.mode_of is not None:
        _copy_mode(descriptor, contents.mode_of)
    if contents.times_of is not None and os.utime in os.supports_fd:
        os.utime(descriptor, ns=(contents.times_of.st_atime_ns, contents.times_of.st_mtime_ns))
    os.fsync(descriptor)


def _open_unnamed(folder: str, mode: int) -> int | None:
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not os.path.isdir("/proc/self/fd"):
        return None
    try:
        return os.open(folder, os.O_WRONLY | flag | _BINARY, mode)
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT, errno.ENOSYS):
            return None  # this file system cannot; a missing folder is reported by the next attempt
        raise


_writer = ""  # what this process begins its temporary names with


def name_writer(word: str) -> None:
    """From now on the temporary files of this process have names by which `remove_temporary` knows them.

    word: letters and digits that no other process has.
    """
    global _writer
    _writer = word


def remove_temporary(folder: str, word: str) -> None:
    """Remove from a folder what a writer of this name has left there when it was killed."""
    with contextlib.suppress(OSError), os.scandir(folder or os.curdir) as found:
        for one in found:
            if one.name.startswith(f".{word}-") and one.name.endswith(".tmp"):
                os.unlink(one.path)


def _hidden(folder: str) -> str:
    """A name nobody has, short enough for any file system, whatever the length of the final name."""
    return os.path.join(folder, f".{_writer}{'-' if _writer else ''}{os.urandom(8).hex()}.tmp")


@contextlib.contextmanager
def backed_up(path: Path, *, overwrite: bool = False) -> Iterator[None]:
    """Keep the file `path` as NAME.bak while it is replaced within this block; if it is not, no new backup is left.

    The backup is the very file under a second name where the disk can do so, else a copy. One that is there already
    stays if it is the same; another one is replaced with `overwrite` only. Raises OutputExistsError, OutputError.
    """
    backup = f"{os.fspath(path)}.bak"
    name = shown(backup)
    try:
        before = os.stat(path)
        made = not _is_backup(backup, path)
        if made:
            if os.path.lexists(backup) and not overwrite:
                raise OutputExistsError.at(backup)
            _back_up(os.path.realpath(path), backup, overwrite)
    except FileExistsError as error:
        raise OutputExistsError.at(backup) from error
    except OSError as error:
        raise OutputError(f"{name}: the backup cannot be written: {way_out(error)}") from error
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            after = os.stat(path)
            if made and (after.st_dev, after.st_ino) == (before.st_dev, before.st_ino):
                os.unlink(backup)  # the original is where it was
        raise


def _is_backup(backup: str, path: Path) -> bool:
    if not os.path.isfile(backup) or os.path.islink(backup):
        return False
    if same_file(backup, path):
        return True
    return os.path.getsize(backup) == os.path.getsize(path) and read_bytes(backup) == read_bytes(path)


def _back_up(original: str, backup: str, overwrite: bool) -> None:
    if not overwrite:
        try:
            os.link(original, backup)
            return
        except FileExistsError:
            raise
        except OSError:
            pass  # no hard links here (FAT, some network disks), or another disk
    write_atomically(backup, read_bytes(original), overwrite=overwrite, keep_mode_of=original, keep_times_of=original)


def _rename_new(temporary: str, target: str) -> None:
    """Give a file its name unless somebody has that name: of two writers only one succeeds."""
    if sys.platform == "win32":
        os.rename(temporary, target)  # refuses to overwrite there
        return
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # no hard links here (FAT, some network disks): reserve the name, then take it
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        try:
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(target)
            raise


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_folder(folder: str) -> None:
    """Force the new name to the disk, where folders can be opened and synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _mode_source(target: str, keep_mode_of: Path | None) -> os.stat_result | None:
    try:
        return os.stat(target if keep_mode_of is None else keep_mode_of)
    except OSError:
        return None


def _copy_mode(descriptor: int, source: os.stat_result) -> None:
    if not hasattr(os, "fchmod"):
        return
    if hasattr(os, "fchown") and (source.st_uid, source.st_gid) != (os.getuid(), os.getgid()):
        with contextlib.suppress(OSError):
            os.fchown(descriptor, source.st_uid, source.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(source.st_mode) & 0o777)


def _written_directly(path: Path, data: bytes) -> bool:
    """Write to what is no regular file (a device, a pipe, an open descriptor), or say False."""
    text = os.fspath(path)
    text = {"/dev/stdout": "/dev/fd/1", "/dev/stderr": "/dev/fd/2"}.get(text, text)
    if number := re.fullmatch(r"/(?:dev|proc/self)/fd/(\d{1,9})", text):
        _write_all(int(number[1]), data)
        return True
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return False
    descriptor = os.open(path, os.O_WRONLY | _BINARY)
    try:
        _write_all(descriptor, data)
    finally:
        os.close(descriptor)
    return True


def same_file(path: Path, other: Path) -> bool:
    """Whether two names stand for one file; a file that is missing is no other's."""
    try:
        return os.path.samefile(path, other)
    except (OSError, ValueError):
        return False


def way_out(error: OSError | ValueError) -> str:
    """What a file could not be written for, and what to do, in a few words."""
    number = error.errno if isinstance(error, OSError) else None
    if number in _WAY_OUT:
        return _WAY_OUT[number]
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _why_unreadable(path: Path, error: OSError | ValueError, what: str) -> str:
    if isinstance(error, FileNotFoundError):
        if os.path.islink(path):
            return "a link to a file that does not exist; mend the link"
        return "no such file; check the name"
    if isinstance(error, PermissionError):
        return "no permission to read it; change its permissions or copy it"
    if isinstance(error, OSError):
        if error.errno == errno.ELOOP:
            return "its links lead in a circle; mend them"
        if error.errno == errno.ENAMETOOLONG:
            return "the name is too long; check it"
        if error.errno == errno.ENXIO:
            return f"a socket, not {what}; give a file{_or_stdin(what)}"
    return f"cannot be read ({way_out(error)}); check the disk or copy the file elsewhere"


def _kind(mode: int, what: str) -> str:
    if stat.S_ISDIR(mode):
        return f"a folder, not {what}; give a file"
    kind = "a pipe" if stat.S_ISFIFO(mode) else "a socket" if stat.S_ISSOCK(mode) else "a device"
    return f"{kind}, not {what}; give a file{_or_stdin(what)}"


def _or_stdin(what: str) -> str:
    return ", or - for standard input" if what == PICTURE else ""
