"""The words of the command line: flags are fields of Settings, and help answers at once."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from pixmeans import __version__
from pixmeans.__main__ import main
from pixmeans.batch.jobs import exit_code
from pixmeans.batch.wording import factor, seconds, size
from pixmeans.cli import grammar
from pixmeans.cli.commands import COMMANDS
from pixmeans.cli.flags import FLAGS, settings_from
from pixmeans.cli.parser import build, parse
from pixmeans.errors import UsageError
from pixmeans.settings import Settings


def compress_actions() -> list[argparse.Action]:
    commands = next(a for a in build()._actions if isinstance(a, argparse._SubParsersAction))
    return commands.choices["compress"]._actions


def test_every_field_of_settings_is_a_flag_of_compress_with_its_name_and_default() -> None:
    actions = {action.dest: action for action in compress_actions()}
    assert set(FLAGS) == {field.name for field in fields(Settings)}
    for field in fields(Settings):
        action = actions[field.name]
        assert "--" + field.name.replace("_", "-") in action.option_strings
        if field.default not in (None, (), False):
            assert f"(default: {field.default})" in (action.help or "")


def test_no_flag_means_the_defaults_of_settings() -> None:
    assert settings_from(parse(["photo.png"])) == Settings()


@pytest.mark.slow
def test_each_flag_reaches_its_field() -> None:
    words = "--k 9 --quality 70-85 --max-bytes 60kB --space rgb --masking on --protect strong"
    words += " --keep #ff7f00 --keep abc --palette p.gpl --free-colors 3 --importance m.png --cap 0.1"
    words += " --init k-means++ --seed 3 --n-init 2"
    words += " --effort best --max-iterations 7 --tolerance 0.5 --search genetic --empty keep"
    words += " --dither bayer --dither-strength 0.5 --format png --png-type gray --optimize 1"
    words += " --lossy 0.001 --bleed --icc keep --levels auto --keep-metadata --threads 2 --max-pixels 99 --frame 7"
    words += " --bit-depth 4 --color-bits rgb565 --palette-per frame"
    defaults, found = Settings(), {"keep_hidden_colors"}  # which contradicts bleed
    for alpha in ("--matte #fff", "--alpha-threshold 9"):  # of which one makes the other needless
        settings = settings_from(parse(["photo.png", *words.split(), *alpha.split()]))
        found |= {name for name in FLAGS if getattr(settings, name) != getattr(defaults, name)}
    assert found == {field.name for field in fields(Settings)}
    assert settings_from(parse(["photo.png", "--keep-hidden-colors"])) == Settings(keep_hidden_colors=True)


PATH_FLAGS = [
    (command, word) for command in grammar.commands() for word in command.options if word.files or word.folders
]


@pytest.mark.parametrize(
    ("command", "word"), PATH_FLAGS, ids=[f"{command.name}{word.flags[-1]}" for command, word in PATH_FLAGS]
)
def test_an_empty_name_is_refused_by_every_flag_that_takes_a_file_or_a_folder(
    command: grammar.Described, word: grammar.Word
) -> None:
    operands = [(one.words or ("x.png",))[0] for one in command.operands]
    output = ["-o", "x"] if any("-o" in one.flags for one in command.options) else []
    for flag in word.flags:
        with pytest.raises(UsageError, match=f"^{word.flags[0]} has an empty name; give a (file|folder)$"):
            parse([command.name, *operands, *output, flag, ""])


def test_a_file_that_is_named_like_a_flag_is_never_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    flags = {flag for action in compress_actions() for flag in action.option_strings}
    for name in sorted(flags | {"-dash.png", "-o.png", "--k=16", "-k16", "--no-flag.png"}):
        Path(name).write_bytes(b"")
        for words in ([name, "x.png"], ["x.png", name], ["compress", "-q", "x.png", name]):
            with pytest.raises(UsageError, match=f"^{name}: .* for the file write ./{name}"):
                parse(words)
        assert parse(["x.png", f"./{name}"]).inputs == ["x.png", f"./{name}"]
        assert parse(["--", "x.png", name]).inputs == ["x.png", name]
        Path(name).unlink()


@pytest.mark.parametrize(
    ("text", "count"), [("60000", 60_000), ("60kB", 60_000), ("1.5MB", 1_500_000), ("64KiB", 65_536), ("7 k", 7_000)]
)
def test_sizes_are_read_as_people_write_them(text: str, count: int) -> None:
    assert settings_from(parse(["photo.png", "--max-bytes", text])).max_bytes == count


@pytest.mark.parametrize("text", ["", "kB", "-5", "60 kilos", "5iB", "1e3"])
def test_what_is_no_size_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["photo.png", f"--max-bytes={text}"]) == 2
    assert "must be a size like" in capsys.readouterr().err


def test_k_auto_is_quality_80() -> None:
    assert settings_from(parse(["photo.png", "-k", "auto"])) == Settings(quality="80")


@pytest.mark.parametrize("words", [["explain"], ["palette"], ["compare", "--seeds", "1,2"], ["tiled", "-o", "a.tif"]])
def test_k_auto_is_refused_where_there_is_no_quality(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "photo.png", "-k", "auto"]) == 2
    assert "must be a whole number, got 'auto'" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_help_offers_auto_colors_only_where_there_is_a_quality(name: str) -> None:
    told = build(name)._subparsers._group_actions[0].choices[name].format_help()  # type: ignore[union-attr,index]
    assert ("'auto' is --quality" in told) == ("[--quality " in told)


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_flag_is_answered_with_the_help_of_its_command(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    operands = {"alternative": ["encode", "a.png"], "gallery": ["out"], "completion": ["bash"], "tiled": ["a.tif"]}
    needed = {"tiled": ["-o", "b.tif"], "histogram": ["-o", "b.npz"]}
    assert main([name, *operands.get(name, ["a.png"]), *needed.get(name, []), "--nonsense"]) == 2
    assert f"--nonsense (see pixmeans {name} --help)" in capsys.readouterr().err


def test_flags_overrule_the_preset() -> None:
    assert settings_from(parse(["photo.png", "--preset", "article"])) == Settings.article()
    settings = settings_from(parse(["photo.png", "--preset", "article", "-k", "64"]))
    assert settings == Settings.article(k=64)


def test_threads_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXMEANS_THREADS", "3")
    assert settings_from(parse(["photo.png"])).threads == 3
    assert settings_from(parse(["photo.png", "--threads", "1"])).threads == 1
    monkeypatch.setenv("PIXMEANS_THREADS", "many")
    assert main(["photo.png"]) == 2


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--help"], ["--version"], *([command, "--help"] for command in COMMANDS)])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys\n"
        "from pixmeans.__main__ import main\n"
        f"code = main({words!r})\n"
        "heavy = {'numpy', 'PIL', 'rich', 'matplotlib', 'oxipng', 'deflate', 'asyncio'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 110


def test_help_has_examples_and_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert "pixmeans photo.png" in told
    assert all(command in told for command in COMMANDS)
    assert main(["compress", "--help"]) == 0
    told = capsys.readouterr().out
    for words in ("examples:", "exit codes:", "bits a pixel", "%"):
        assert words in told


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"pixmeans {__version__}\n"


def test_abbreviated_flags_are_refused() -> None:
    assert main(["photo.png", "--sub"]) == 2


def test_main_leaves_the_signals_as_they_were() -> None:
    import signal

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    main(["--version"])
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.slow
def test_blas_threads_are_not_started() -> None:
    code = "import os; from pixmeans.__main__ import main; main(['--version'])"
    code += "; print(os.environ['OPENBLAS_NUM_THREADS'])"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines()[-1] == "1"


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([0], 0),
        ([3], 3),
        ([15], 15),
        ([0, 15], 15),
        ([15, 98, 0], 98),
        ([99, 98, 15], 99),
        ([0, 3], 1),
        ([4, 99], 1),
    ],
)
def test_the_exit_code_is_the_worst_that_happened(codes: list[int], code: int) -> None:
    assert exit_code(codes) == code


def test_numbers_are_written_for_people() -> None:
    assert [size(n) for n in (0, 999, 1000, 9_949, 9_960, 421_900, 999_400, 999_600, 1_234_000, 123_400_000)] == [
        "0 B", "999 B", "1.0 kB", "9.9 kB", "10 kB", "422 kB", "999 kB", "1.00 MB", "1.23 MB", "123 MB",
    ]  # fmt: skip
    assert [factor(*pair) for pair in ((422, 36), (110, 100), (1000, 1), (5, 0))] == [
        "11.7x",
        "1.10x",
        "1000x",
        "5.0x",
    ]
    assert [seconds(value) for value in (0.004, 0.09, 0.2, 12.34)] == ["0.00 s", "0.09 s", "0.2 s", "12.3 s"]
