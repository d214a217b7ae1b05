"""The command line: words -> Settings -> the flow -> words.

messages.py   one line for a person, on stderr
progress.py   what is being done
streams.py    data from stdin and to stdout
parser.py     the grammar, and the overview that states trade-offs in numbers
commands.py   the table of commands: flags, help, what runs each (nothing heavy)
habits.py     words that people know from pngquant, and ours
examples.py   what --help ends with
flags.py      which flag is which field of Settings
screen.py     the bar of a batch
compress.py   `pixmeans compress`, also for bare file names
palette.py    `pixmeans palette`, `pixmeans histogram`
tiled.py      `pixmeans tiled`
explain.py    `pixmeans explain`, `pixmeans compare`, `pixmeans gallery`
alternative.py  `pixmeans alternative`
info.py       `pixmeans info`
studio.py     `pixmeans studio`
hook.py       `pixmeans hook`
completion.py  `pixmeans completion`
grammar.py    what the parser knows, for completions and the manual page
manual.py     the manual page
demo.py       `pixmeans demo`

There is no logic here: flags in, a call of `batch`, `pipeline`, `explain`, `distribute` or `studio`, words out. stdout
carries data only; what a person reads goes to stderr.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import PixmeansError
from .messages import complain
from .parser import parse


def run(argv: list[str], work_begins: Callable[[], None] = lambda: None) -> int:
    """Run one command and return its exit code; every error is one line on stderr.

    work_begins: called when the imports are done and there may be something to tidy up.
    """
    verbose = 0
    try:
        args = parse(argv)
        verbose = getattr(args, "verbose", 0)
        command: Callable[..., int] = args.load()
        work_begins()
        return command(args)
    except SystemExit as error:  # --help and --version, and SIGTERM
        return error.code if isinstance(error.code, int) else 0
    except PixmeansError as error:
        _show_where(verbose)
        complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        raise
    except MemoryError:
        complain("not enough memory: use a smaller picture, or close other programs")
        return 3
    except Exception as error:
        _show_where(verbose)
        complain(f"something unforeseen went wrong, {type(error).__name__}: {error} (-vv shows where)")
        return 1


def _show_where(verbose: int) -> None:
    """The traceback of the error at hand, where it is asked for twice."""
    if verbose > 1:
        import traceback  # which --help has no time for

        traceback.print_exc()
