"""Builds the kernels, plain Python files that Cython compiles, completions and the manual page.

Everything else is in pyproject.toml.
"""

import os
import platform
import re
import shutil
import sys
import sysconfig
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.modified import newer_group

KERNELS = Path("src/pixmeans/kernels")
NOT_COMPILED = {"__init__", "reference"}
JOBS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

# Same bits everywhere: no fused multiply-add behind our back, and never -ffast-math. Debugging symbols, which Python
# asks for, would be two thirds of the compiler's time and three quarters of a wheel.
FLAGS = ["/O2", "/std:c11"] if sys.platform == "win32" else ["-O2", "-ffp-contract=off", "-g0"]
# NumPy asks for x86-64-v2 (SSE4.1, POPCNT) as well. It has no fused multiply-add, so bits do not change.
if sys.platform == "linux" and platform.machine() == "x86_64":
    FLAGS.append("-march=x86-64-v2")

# make sanitize: every access that C does not allow, and every sum that overflows, ends the process with its place.
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"] * ("PIXMEANS_SANITIZE" in os.environ)
if SANITIZERS:
    FLAGS += [*SANITIZERS, "-fno-omit-frame-pointer", "-g1", "-O1"]

# Python's stable interface as of 3.11: one wheel serves that and all later ones, as fast as one for each. Interpreters
# without the global lock have no such interface yet.
STABLE = not sysconfig.get_config_var("Py_GIL_DISABLED")
INTERFACE = [("Py_LIMITED_API", "0x030B0000")] * STABLE

# Cython's code for memoryviews is compiled once. Otherwise every kernel has a copy, five times as long as itself.
SHARED = "pixmeans.kernels._cyutility"

# What counts is written for vectors by hand, so more than -O2 costs a quarter of the compiler's time and gains nothing,
# but in loops that compilers find by themselves. In the shared code nothing is a loop over pixels.
# Of several levels the last counts.
LEVELS = {
    SHARED: "-O1",
    **{f"pixmeans.kernels.{name}": "-O3" for name in ("ssim", "color_errors", "metrics", "masking", "boxes", "merges")},
}


class ParallelBuild(build_ext):
    """Compiles as many kernels at once as there are cores, also where pip calls."""

    def finalize_options(self) -> None:
        """Sets what the command line, which pip does not let through, could have set."""
        super().finalize_options()
        self.parallel = self.parallel or JOBS
        if self.inplace:
            self._remove_others()

    def _remove_others(self) -> None:
        """Deletes kernels beside the sources that have other names: Python would find theirs first."""
        for ext in self.extensions:
            built = Path("src") / self.get_ext_filename(ext.name)
            for suffix in ("so", "pyd"):
                for other in built.parent.glob(f"{built.name.split('.')[0]}.*{suffix}"):
                    if other.name != built.name:
                        other.unlink()

    def build_extension(self, ext: Extension) -> None:
        """Compiles one. An editable install, which starts from nothing, gets one that is as new."""
        name = self.get_ext_filename(ext.name)
        built = Path("src") / name
        if self.editable_mode and not newer_group([*ext.sources, *ext.depends], str(built)):
            (Path(self.build_lib) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(built, Path(self.build_lib) / name)
        else:
            super().build_extension(ext)


def extension(name: str, source: Path) -> Extension:
    """One compiled module."""
    depends = sorted(map(str, needed_by(source))) if source.suffix == ".py" else []  # else Cython has made it
    flags = FLAGS if sys.platform == "win32" or SANITIZERS else [*FLAGS, LEVELS.get(name, "-O2")]
    return Extension(
        name,
        [str(source)],
        include_dirs=[str(KERNELS)],
        depends=depends,
        extra_compile_args=flags,
        extra_link_args=SANITIZERS,
        define_macros=INTERFACE,
        py_limited_api=STABLE,
    )


def needed_by(source: Path) -> set[Path]:
    """The headers and .pxd files that a file includes, and those that they include."""
    found = re.findall(r'"(\w+\.h)"|pixmeans\.kernels\.(\w+)', source.read_text(encoding="utf-8"))
    files = {KERNELS / (header or f"{module}.pxd") for header, module in found}
    return files.union(*(needed_by(file) for file in files if file != source))


def shared_files() -> list[tuple[str, list[str]]]:
    """Completions and the manual page, written from the parser: (folder of the environment, files) each."""
    sys.path.insert(0, "src")
    from pixmeans.cli.completion import PLACES, WRITTEN

    found = []
    for name, place in PLACES.items():
        file = Path("build/share") / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(WRITTEN[name](), encoding="utf-8", newline="\n")
        found.append(((Path("share") / place).parent.as_posix(), [file.as_posix()]))
    return found


if __name__ == "__main__":  # Cython's processes import this file where they cannot be forked
    setup(
        cmdclass={"build_ext": ParallelBuild},
        data_files=shared_files(),
        options={"bdist_wheel": {"py_limited_api": "cp311"}} if STABLE else {},
        ext_modules=cythonize(
            [
                extension(SHARED, KERNELS / "_cyutility.c"),
                # The longest first, so that at the end no core waits for another.
                *(
                    extension(f"pixmeans.kernels.{path.stem}", path)
                    for path in sorted(KERNELS.glob("*.py"), key=lambda path: (-path.stat().st_size, path))
                    if path.stem not in NOT_COMPILED
                ),
            ],
            nthreads=JOBS,
            quiet=True,
            include_path=["src"],
            shared_utility_qualified_name=SHARED,
            compiler_directives={
                "language_level": 3,
                "boundscheck": False,
                "wraparound": False,
                "cdivision": True,
                "initializedcheck": False,
            },
        ),
    )
