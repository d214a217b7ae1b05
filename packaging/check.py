"""Looks into the packages in a folder, and with --install also tries the wheel as a stranger would: make wheel.

    python packaging/check.py dist [--install]

Exit code 1 and a line for each thing that is wrong.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
MOST_BYTES = 2_500_000  # of a wheel
SHARED = (
    "share/man/man1/pixmeans.1",
    "share/bash-completion/completions/pixmeans",
    "share/zsh/site-functions/_pixmeans",
    "share/fish/vendor_completions.d/pixmeans.fish",
)
GENERATED = {".c", ".so", ".pyd", ".pyc"}
NOT_COMPILED = {"__init__", "reference"}  # of the kernels


def sources() -> set[str]:
    """What a package must hold of the package's folder, seen from src."""
    found = set()
    for path in SOURCE.rglob("*"):
        if path.is_file() and path.suffix not in GENERATED and "egg-info" not in str(path):
            found.add(path.relative_to(SOURCE).as_posix())
    return found


def wheel_faults(path: Path) -> list[str]:
    """What is wrong with a wheel."""
    names = set(zipfile.ZipFile(path).namelist())
    faults = []
    if path.stat().st_size > MOST_BYTES:
        faults.append(f"{path.stat().st_size} bytes, more than {MOST_BYTES}")
    if "-abi3-" not in path.name:
        faults.append("it is for one version of Python alone, not abi3")
    faults += [f"lacks {name}" for name in sorted(sources() - names)]
    data = next((name.split("/")[0] for name in names if ".data/" in name), "")
    faults += [f"lacks {name}" for name in SHARED if f"{data}/data/{name}" not in names]
    kernels = {path.stem for path in (SOURCE / "pixmeans/kernels").glob("*.py")} - NOT_COMPILED | {"_cyutility"}
    built = {PurePosixPath(name).name.split(".")[0] for name in names if name.endswith((".so", ".pyd"))}
    faults += [f"lacks the compiled {name}" for name in sorted(kernels - built)]
    faults += [f"holds the compiled {name}, of which there is no source" for name in sorted(built - kernels)]
    faults += [f"holds {name}" for name in sorted(names) if name.endswith((".c", ".pyc")) or name.startswith("tests/")]
    return faults


def sdist_faults(path: Path) -> list[str]:
    """What is wrong with a source distribution."""
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml", "setup.py"}
    wanted |= {f"src/{name}" for name in sources()}
    faults = [f"lacks {name}" for name in sorted(wanted - names)]
    return faults + [
        f"holds {name}"
        for name in sorted(names)
        if PurePosixPath(name).suffix in GENERATED or name.startswith("build/")
    ]


def try_wheel(path: Path) -> list[str]:
    """Installs a wheel into an empty environment, and uses it without a compiler in reach."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "environment"
        venv.create(home, with_pip=True)
        commands = home / ("Scripts" if os.name == "nt" else "bin")
        alone = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "CC")}
        alone["PATH"] = str(commands)
        for words in (
            [str(commands / "python"), "-m", "pip", "install", "--quiet", "--only-binary=:all:", str(path)],
            [str(commands / "python"), "-W", "error", "-c", "import pixmeans"],
            [str(commands / "pixmeans"), "demo", str(Path(folder) / "demo")],
        ):
            if subprocess.run(words, env=alone, cwd=folder, check=False).returncode:
                return [f"in an empty environment this fails: {' '.join(words)}"]
        return [f"does not install {name}" for name in SHARED if not (home / name).is_file()]


def main(words: list[str]) -> int:
    """Look into all packages; the exit code."""
    folder = Path(words[0]).resolve()
    sdists, wheels = sorted(folder.glob("*.tar.gz")), sorted(folder.glob("*.whl"))
    faults = [] if len(sdists) == 1 and wheels else [f"{folder}: one sdist and at least one wheel should be here"]
    for path in sdists:
        faults += [f"{path.name}: {fault}" for fault in sdist_faults(path)]
    for path in wheels:
        found = wheel_faults(path) or (try_wheel(path) if "--install" in words else [])
        faults += [f"{path.name}: {fault}" for fault in found]
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        for path in (*sdists, *wheels):
            print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB, sound")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
