"""Fuzz a harness for so many seconds, and keep what reaches new code.

python tests/fuzz/run.py NAME [--seconds 600] [--corpus FOLDER] [--found FOLDER]

With atheris (libFuzzer) mutation follows the coverage of the Python code; without it cases are mutated blindly. What is
found is written to the folder `--found`, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent


def mutated(data: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    """The same with some bytes changed, moved, left out, or of another case."""
    case = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 8))):
        at = dice.randrange(len(case) + 1)
        kind = dice.randrange(7)
        if kind == 0 and case:
            case[at % len(case)] ^= 1 << dice.randrange(8)
        elif kind == 1 and case:
            case[at % len(case)] = dice.choice((0, 1, 127, 128, 254, 255, dice.randrange(256)))
        elif kind == 2:
            del case[at : at + dice.randrange(1, 9)]
        elif kind == 3:
            case[at:at] = dice.randbytes(dice.randrange(1, 9))
        elif kind == 4:
            start = dice.randrange(len(case) + 1)
            case[at:at] = case[start : start + dice.randrange(1, 65)]
        elif kind == 5:
            other = dice.choice(others)
            start = dice.randrange(len(other) + 1)
            case[at : at + 64] = other[start : start + 64]
        else:
            case[at : at + 4] = dice.choice((1, 255, 65535, 2**31 - 1, 2**32 - 1)).to_bytes(
                4, dice.choice(("big", "little"))
            )
    return bytes(case)


def blindly(harness: Callable[[bytes], None], seeds: list[bytes], seconds: float, found: Path) -> int:
    """Mutate at random; how many faults."""
    dice, end, count, faults = random.Random(0), time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        case = mutated(dice.choice(seeds), dice, seeds)
        count += 1
        try:
            harness(case)
        except Exception:
            faults += 1
            (found / f"fault-{hashlib.sha256(case).hexdigest()[:12]}").write_bytes(case)
            traceback.print_exc()
    print(f"{count} cases, {faults} faults")
    return faults


def by_coverage(name: str, seconds: int, corpus: Path, found: Path) -> None:
    """libFuzzer, which ends the process."""
    import atheris

    # The harnesses, too: what compiled kernels do with a case is seen there alone.
    with atheris.instrument_imports(include=["pixmeans", "harnesses"]):
        import harnesses
    words = [
        sys.argv[0],
        f"-max_total_time={seconds}",
        f"-artifact_prefix={found}/",
        "-timeout=30",
        "-rss_limit_mb=2000",
    ]
    words += ["-max_len=8192", "-print_final_stats=1", "-close_fd_mask=2", str(corpus), str(HERE / "corpus" / name)]
    atheris.Setup(words, harnesses.HARNESSES[name])
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--found", type=Path, default=Path("build/fuzz-found"))
    args = parser.parse_args()
    corpus = args.corpus / args.name
    for folder in (corpus, args.found):
        folder.mkdir(parents=True, exist_ok=True)
    sys.path.insert(0, str(HERE))
    try:
        import atheris  # noqa: F401
    except ImportError:
        import harnesses

        seeds = [path.read_bytes() for path in sorted((HERE / "corpus" / args.name).iterdir())]
        return int(blindly(harnesses.HARNESSES[args.name], seeds, args.seconds, args.found) > 0)
    by_coverage(args.name, args.seconds, corpus, args.found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
