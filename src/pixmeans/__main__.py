"""`pixmeans` and `python -m pixmeans`: the signals and the environment, then the command line.

Only what Python itself has loaded already is imported at the head: until `main` runs, a Ctrl-C would show a traceback.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType
    from typing import Any


class _Watch:
    """What a signal does: before there is anything to tidy up it ends at once, afterwards it is an exception.

    An exception inside the import of a compiled module may come out as another one, with a traceback.
    """

    def __init__(self) -> None:
        self._working = False
        self._before: dict[int, Any] = {}

    def begin(self) -> None:
        """Take the signals; leave alone what was ignored on purpose, as `nohup` ignores SIGHUP."""
        import signal

        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is None or signal.getsignal(number) is signal.SIG_IGN:
                continue
            try:
                self._before[number] = signal.signal(number, self._arrived)
            except ValueError:  # not the main thread: signals are somebody else's
                return

    def work_begins(self) -> None:
        """From now on there may be temporary files."""
        self._working = True

    def end(self) -> None:
        """Give the signals back."""
        import signal

        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        if not self._working:
            os._exit(128 + number)
        if number == 2:  # SIGINT
            raise KeyboardInterrupt
        raise SystemExit(128 + number)  # `finally` clauses run


def program() -> None:
    """What the installed command runs: `main`, then the end at once.

    Objects are not counted and torn down one by one at the end, and not searched for cycles while modules load: a
    command that takes a tenth of a second has no use for either, and both take a tenth of it.
    """
    import gc

    gc.set_threshold(100_000)
    code = main()
    os._exit(code)  # stdout was flushed by `main`, and stderr is not buffered for longer than a line


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    argv: without the program's name; None takes the process's own.
    """
    watch = _Watch()
    try:
        watch.begin()
        # We call no BLAS; without this NumPy starts a thread a core for it, which takes time and address space.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        from .cli import run

        code = run(sys.argv[1:] if argv is None else list(argv), watch.work_begins)
        _flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader went away (`| head`): nothing to report, and Python must not try once more at its end.
        _silence_stdout()
        return 128 + 13
    finally:
        watch.end()


def _flush() -> None:
    """Write out what stdout still holds; a full device was reported by whoever wrote to it."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError):
        _silence_stdout()


def _silence_stdout() -> None:
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError, AttributeError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


if __name__ == "__main__":
    program()
