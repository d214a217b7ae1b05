"""What happens to files on bad days: the figures of docs/reliability.md, by doing it to them.

python benchmarks/reliability.py [--only kills,space,company,writers,memory] [--runs 1000]

Linux. Each part prints a line; a line that begins with FAIL is a promise that was broken. The full disk needs root.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image

COMMAND = [sys.executable, "-m", "pixmeans"]
QUICK = "-k 16 --effort fast --space rgb --masking off --protect off --dither none --lossy off --keep-larger"


def icon(seed: int, side: int = 32) -> PIL.Image.Image:
    """A small picture of slopes and noise."""
    random_ = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    plane = np.stack([x * 255 // side, y * 255 // side, (x + y) * 127 // side], axis=2)
    return PIL.Image.fromarray(np.clip(plane + random_.normal(0, 9, plane.shape), 0, 255).astype(np.uint8))


def fill(folder: Path, count: int, side: int = 32) -> list[Path]:
    """So many icons in a new folder."""
    folder.mkdir(parents=True)
    paths = [folder / f"icon{number}.png" for number in range(count)]
    for number, path in enumerate(paths):
        icon(number, side).save(path)
    return paths


def start(*words: str, cwd: Path) -> subprocess.Popen[bytes]:
    """The command in a session of its own; what it says goes to a file, as nobody may read while it works."""
    with open(cwd / ".said", "wb") as said:
        return subprocess.Popen([*COMMAND, *words, *QUICK.split()], cwd=cwd, stderr=said, start_new_session=True)


def finished(process: subprocess.Popen[bytes], cwd: Path) -> tuple[int, str]:
    """Its exit code and what it said in its folder."""
    return process.wait(), (cwd / ".said").read_text()


def is_whole(path: Path, side: int) -> bool:
    """Whether a file decodes to a picture of this size."""
    try:
        with PIL.Image.open(path) as picture:
            picture.load()
            return picture.size == (side, side)
    except (OSError, ValueError, SyntaxError):
        return False


def session(leader: int) -> Iterator[tuple[int, int]]:
    """The living processes of a session, and the bytes of memory that each alone has."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError, ValueError, IndexError):
            words = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
            if int(words[3]) == leader and words[0] != "Z":
                yield int(entry), int(words[21]) * 4096


def say(passed: bool, name: str, figure: str) -> None:
    """One line of the report."""
    print(f"{'pass' if passed else 'FAIL'}  {name}: {figure}", flush=True)


def kills(folder: Path, runs: int) -> None:
    """kill -9 to all processes at random moments, in place: no file is lost or cut off."""
    side, count, chance = 48, 6, random.Random(1)
    master = fill(folder / "master", count, side)
    lost = alive = left = replaced = 0
    begun = time.monotonic()
    start("-r", "--in-place", "-j", "2", ".", cwd=_copy(folder, 0)).wait()
    whole = time.monotonic() - begun
    for run in range(1, runs + 1):
        work = _copy(folder, run)
        times = _times(work)
        process = start("-r", "--in-place", "-j", "2", ".", cwd=work)
        if run % 2:
            time.sleep(chance.uniform(0.3, 1.2) * whole)
        else:  # at the first sign of writing, and some milliseconds
            while process.poll() is None and not _changed(work, times):
                time.sleep(0.001)
            time.sleep(chance.choice((0, 0.0005, 0.002, 0.01, 0.05)))
        alive += process.poll() is None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for path in master:
            found = work / path.name
            lost += not is_whole(found, side)
            replaced += found.exists() and found.read_bytes() != path.read_bytes()
        left += sum(one.name.endswith(".tmp") for one in work.iterdir())
        shutil.rmtree(work)
    figure = f"{runs} runs of {count} files, {alive} killed while they worked, {replaced} files replaced by then"
    say(lost == 0 and alive > runs // 4, "kill -9 in place", f"{figure}, {lost} lost, {left} temporary files left")


def _copy(folder: Path, run: int) -> Path:
    return Path(shutil.copytree(folder / "master", folder / f"run{run}"))


def _times(folder: Path) -> dict[str, int]:
    found = {}
    for entry in os.scandir(folder):
        with contextlib.suppress(OSError):
            if entry.name != ".said":
                found[entry.name] = entry.stat().st_mtime_ns
    return found


def _changed(folder: Path, before: dict[str, int]) -> bool:
    return _times(folder) != before


def space(folder: Path, _: int) -> None:
    """A full disk: a clear line, nothing left, originals untouched."""
    disk = folder / "disk"
    disk.mkdir()
    size = "size=96k,mode=777"
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(disk)], check=False).returncode:
        print("skip  full disk: needs root")
        return
    try:
        paths = fill(folder / "icons", 60)
        before = {path: path.read_bytes() for path in paths}
        code, err = finished(start("-r", "icons", "-d", "disk", "-j", "2", cwd=folder), folder)
        made = list(disk.iterdir())
        lines = [line for line in err.splitlines() if "the disk is full" in line]
        good = code == 1 and all(is_whole(path, 32) for path in made) and lines and "Traceback" not in err
        same = all(path.read_bytes() == data for path, data in before.items())
        say(bool(good and same), "full disk", f"{len(made)} of 60 results, all whole; the others have a line each")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def scans(path: Path) -> None:
    """A JPEG of a megapixel with 10,000 scans."""
    file = io.BytesIO()
    PIL.Image.new("RGB", (1000, 1000)).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    path.write_bytes(data[:-2] + data[data.rindex(b"\xff\xda") : -2] * 10_000 + data[-2:])


def company(folder: Path, _: int) -> None:
    """1,000 files, 10 of them damaged, one of endless scans, a pipe beside, workers killed: the others are done."""
    paths = fill(folder / "in", 999)
    for number, path in enumerate(paths[::100]):
        data = path.read_bytes()
        path.write_bytes((data[:200], b"", b"text", data[:-200] + bytes(200))[number % 4])
    scans(folder / "in" / "scans.jpg")
    os.mkfifo(folder / "in" / "pipe.png")
    process = start("-r", "in", "-d", "out", "-j", "2", "--resume", "state", cwd=folder)
    killed = 0
    while process.poll() is None and killed < 2:
        time.sleep(1.0)
        workers = [number for number, _ in session(process.pid) if number != process.pid]
        if len(list((folder / "out").glob("*.png") if (folder / "out").exists() else [])) > 50 and workers:
            os.kill(workers[-1], signal.SIGKILL)
            killed += 1
    code, err = finished(process, folder)
    made = {path: path.stat().st_mtime_ns for path in (folder / "out").iterdir()}
    listed = err.rpartition("  failed:\n")[2].strip().splitlines()
    good = code == 1 and len(made) == 989 and len(listed) == 11 and all(is_whole(path, 32) for path in made)
    code, err = finished(start("-r", "in", "-d", "out", "-j", "2", "--resume", "state", cwd=folder), folder)
    again = {path: path.stat().st_mtime_ns for path in (folder / "out").iterdir()}
    good &= code == 1 and again == made and re.search(r"done before +989\b", err) is not None
    figure = f"{len(made)} done, {len(listed)} listed, {killed} workers killed; the second run did nothing twice"
    say(good, "1,000 files in bad company", figure)


def writers(folder: Path, _: int) -> None:
    """Two batches write the same files at once: every file is whole at every moment."""
    fill(folder / "a", 60)
    fill(folder / "b", 60, 40)
    seen = broken = 0
    both = [start("-r", name, "-d", "out", "-f", "-j", "2", cwd=folder) for name in "ab"]
    while any(process.poll() is None for process in both):
        for path in list((folder / "out").iterdir()) if (folder / "out").exists() else []:
            if path.suffix == ".png":
                seen += 1
                broken += not (is_whole(path, 32) or is_whole(path, 40))
        time.sleep(0.01)
    codes = [process.wait() for process in both]
    left = [path.name for path in (folder / "out").iterdir() if path.suffix != ".png"]
    say(codes == [0, 0] and not broken and not left, "two writers", f"{seen} looks at their files, {broken} broken")


def memory(folder: Path, _: int) -> None:
    """2,000 files: the memory of all processes together stays what it was."""
    count = 2000
    fill(folder / "in", count, 40)
    process = start("-r", "in", "-d", "out", "-j", "2", cwd=folder)
    samples: list[tuple[int, int]] = []
    while process.poll() is None:
        done = len(os.listdir(folder / "out")) if (folder / "out").exists() else 0
        samples.append((done, sum(size for _, size in session(process.pid))))
        time.sleep(0.05)
    process.wait()
    first = [size for done, size in samples if 100 <= done < 200]
    last = [size for done, size in samples if count - 100 <= done < count]
    a, b = (sum(some) / max(1, len(some)) / 1e6 for some in (first, last))
    say(abs(b - a) <= 0.1 * a, "memory", f"{a:.0f} MB at the second hundred, {b:.0f} MB at the last of {count} files")


PARTS = {"kills": kills, "space": space, "company": company, "writers": writers, "memory": memory}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--runs", type=int, default=1000)
    args = parser.parse_args()
    for name in args.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            PARTS[name](Path(folder), args.runs)


if __name__ == "__main__":
    main()
