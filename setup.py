"""Builds the kernels: plain Python files that Cython compiles (everything else is in pyproject.toml)."""

import platform
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

KERNELS = Path("src/pixmeans/kernels")
NOT_COMPILED = {"__init__", "reference", "threads"}

# Same bits everywhere: no fused multiply-add behind our back, and never -ffast-math.
FLAGS = ["/O2"] if sys.platform == "win32" else ["-O3", "-ffp-contract=off"]
# NumPy asks for x86-64-v2 (SSE4.1, POPCNT) as well; all our vector arithmetic is on integers, so bits do not change.
if sys.platform == "linux" and platform.machine() == "x86_64":
    FLAGS.append("-march=x86-64-v2")

setup(
    ext_modules=cythonize(
        include_path=["src"],
        module_list=[
            Extension(
                f"pixmeans.kernels.{path.stem}",
                [str(path)],
                include_dirs=[str(KERNELS)],
                depends=[str(header) for header in sorted(KERNELS.glob("*.h"))],
                extra_compile_args=FLAGS,
            )
            for path in sorted(KERNELS.glob("*.py"))
            if path.stem not in NOT_COMPILED
        ],
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "cdivision": True,
            "initializedcheck": False,
        },
    ),
)
