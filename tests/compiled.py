"""C headers of the kernels, built in every way that they can be."""

import subprocess
import sysconfig
from pathlib import Path

HERE = Path(__file__).parent / "kernels"
KERNELS = HERE.parents[1] / "src" / "pixmeans" / "kernels"
WAYS = {
    "vectors": [],
    "vectors of four": ["-DPIXMEANS_FOUR"],
    "vectors without instructions of our choice": ["-U__SSE4_1__", "-D__ARM_NEON"],
    "plain C": ["-DPIXMEANS_PLAIN"],
}


def built(source, folder):
    """Programs made of a C file in every way."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    arch = ["-march=x86-64-v2"] if "x86_64" in sysconfig.get_platform() else []
    for number, (way, flags) in enumerate(WAYS.items()):
        program = folder / f"check{number}"
        subprocess.run(
            [
                compiler,
                "-O1",  # which takes half of the time of -O2
                "-ffp-contract=off",
                *arch,
                *flags,
                f"-I{KERNELS}",
                str(HERE / source),
                "-o",
                str(program),
                "-lm",
            ],
            check=True,
        )
        yield way, program
