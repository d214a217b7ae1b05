"""What `make wheel` finds wrong with packages, on made-up ones; and that what describes packages agrees."""

from __future__ import annotations

import importlib.util
import io
import re
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

import pixmeans

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("check", ROOT / "packaging" / "check.py")
check = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check)

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def wheel(folder, *, without="", beside=(), name="pixmeans-1-cp311-abi3-linux_x86_64.whl", size=0):
    """A wheel of empty files that has everything, but for one, and some more."""
    kernels = {path.stem for path in (ROOT / "src/pixmeans/kernels").glob("*.py")} - check.NOT_COMPILED | {"_cyutility"}
    names = {*check.sources(), *(f"pixmeans/kernels/{name}.abi3.so" for name in kernels), *beside}
    names |= {f"pixmeans-1.data/data/{name}" for name in check.SHARED}
    with zipfile.ZipFile(folder / name, "w") as archive:
        for one in sorted(names - {without}):
            archive.writestr(one, b"\0" * size if one.endswith("lloyd.abi3.so") else b"")
    return folder / name


def sdist(folder, *, without="", beside=()):
    names = {"LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml", "setup.py", *beside}
    names |= {f"src/{name}" for name in check.sources()}
    with tarfile.open(folder / "pixmeans-1.tar.gz", "w:gz") as archive:
        for one in sorted(names - {without}):
            archive.addfile(tarfile.TarInfo(f"pixmeans-1/{one}"), io.BytesIO())
    return folder / "pixmeans-1.tar.gz"


def test_sound_packages_have_no_fault(tmp_path, capsys):
    assert check.wheel_faults(wheel(tmp_path)) == []
    assert check.sdist_faults(sdist(tmp_path)) == []
    assert check.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.count("sound") == 2


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"without": "pixmeans/py.typed"}, "lacks pixmeans/py.typed"),
        ({"without": "pixmeans/kernels/lloyd.py"}, "lacks pixmeans/kernels/lloyd.py"),
        ({"without": "pixmeans/kernels/lloyd.abi3.so"}, "lacks the compiled lloyd"),
        ({"without": "pixmeans-1.data/data/share/man/man1/pixmeans.1"}, "lacks share/man/man1/pixmeans.1"),
        ({"beside": ["pixmeans/kernels/old.abi3.so"]}, "holds the compiled old, of which there is no source"),
        ({"beside": ["pixmeans/kernels/lloyd.c"]}, "holds pixmeans/kernels/lloyd.c"),
        ({"beside": ["tests/test_x.py"]}, "holds tests/test_x.py"),
        ({"name": "pixmeans-1-cp311-cp311-linux_x86_64.whl"}, "it is for one version of Python alone, not abi3"),
        ({"size": check.MOST_BYTES}, "bytes, more than 2500000"),
    ],
)
def test_every_fault_of_a_wheel_is_named(changes, fault, tmp_path, capsys):
    found = check.wheel_faults(wheel(tmp_path, **changes))
    assert len(found) == 1
    assert fault in found[0]
    sdist(tmp_path)
    assert check.main([str(tmp_path)]) == 1
    assert fault in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"without": "setup.py"}, "lacks setup.py"),
        ({"without": "src/pixmeans/kernels/lanes.h"}, "lacks src/pixmeans/kernels/lanes.h"),
        ({"beside": ["src/pixmeans/kernels/lloyd.c"]}, "holds src/pixmeans/kernels/lloyd.c"),
        ({"beside": ["src/pixmeans/kernels/lloyd.abi3.so"]}, "holds src/pixmeans/kernels/lloyd.abi3.so"),
        ({"beside": ["build/share/man/man1/pixmeans.1"]}, "holds build/share/man/man1/pixmeans.1"),
    ],
)
def test_every_fault_of_a_source_distribution_is_named(changes, fault, tmp_path):
    assert check.sdist_faults(sdist(tmp_path, **changes)) == [fault]


def test_where_a_package_is_missing_that_is_told(tmp_path, capsys):
    sdist(tmp_path)
    assert check.main([str(tmp_path)]) == 1
    assert "one sdist and at least one wheel should be here" in capsys.readouterr().err


def test_all_that_names_the_version_or_what_is_needed_agrees():
    version = PROJECT["project"]["version"]
    assert pixmeans.__version__ == version
    recipe = yaml.safe_load((ROOT / "packaging/conda/recipe.yaml").read_text())
    assert recipe["context"]["version"] == version
    ours = {re.split(r"[<>=]", one)[0].lower() for one in PROJECT["project"]["dependencies"]}
    conda = {one.split()[0].removesuffix("-base") for one in recipe["requirements"]["run"]}
    assert conda - {"python"} == ours
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == version


def test_all_that_names_the_home_of_the_project_agrees():
    pages = [ROOT / name for name in ("action.yml", ".pre-commit-hooks.yaml", "pyproject.toml", "CITATION.cff")]
    pages += [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.yml")]
    homes = re.compile(r"github\.com/([\w-]+)/pixmeans|uses: ([\w-]+)/pixmeans@|\b(OWNER)/pixmeans")
    found = {name for page in pages for names in homes.findall(page.read_text()) for name in names if name}
    assert len(found) == 1, sorted(found)


def test_every_python_that_is_promised_is_tried():
    least = PROJECT["project"]["requires-python"].removeprefix(">=")
    told = [
        one.rsplit(" ", 1)[1]
        for one in PROJECT["project"]["classifiers"]
        if one.startswith("Programming Language :: Python :: 3.")
    ]
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    assert jobs["test"]["strategy"]["matrix"]["python"] == told
    assert told[0] == least
    assert {"ubuntu", "macos", "windows"} == {one.split("-")[0] for one in jobs["test"]["strategy"]["matrix"]["os"]}


def test_what_the_workflows_run_are_targets_of_make():
    targets = set(re.findall(r"^([a-z]+)(?: [a-z]+)*:", (ROOT / "Makefile").read_text(), re.M))
    targets |= set(re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)[1].split())
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        for called in re.findall(r"\bmake ([a-z]+)", path.read_text()):
            assert called in targets, f"{path.name}: make {called}"
