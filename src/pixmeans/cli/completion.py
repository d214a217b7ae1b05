"""`pixmeans completion`: what a shell needs to complete words, and the manual page, all made of the parser."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

from ..errors import UsageError
from . import manual
from .grammar import DEFAULT_COMMAND, Word, commands, program
from .streams import write_stdout


def run(args: argparse.Namespace) -> int:
    """Print one of them on stdout."""
    if args.shell not in WRITTEN:
        raise UsageError(
            f"it is made for {', '.join(WRITTEN)}, not for {args.shell!r}; for example: pixmeans completion bash"
        )
    write_stdout(WRITTEN[args.shell]().encode("utf-8"))
    return 0


def bash() -> str:
    """For bash 4 and newer, with bash-completion or without it."""
    lines = [
        "# Completes the words of pixmeans; made of its parser.",
        "_pixmeans() {",
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}",
        "    local command=${COMP_WORDS[1]} words= paths=",
        "    # bash takes --format=css apart at the sign.",
        "    if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi",
        f"    case $command in {'|'.join(one.name for one in commands())}) ;; *) command={DEFAULT_COMMAND} ;; esac",
        "    case $command:$prev in",
    ]
    for command in commands():
        for option in command.options:
            if option.value:
                names = "|".join(f"{command.name}:{flag}" for flag in option.flags)
                lines.append(f"        {names}) words='{' '.join(option.words)}' paths={_paths(option) or 'none'} ;;")
    lines += ["    esac", "    if [[ -z $paths ]]; then", "        case $command in"]
    for command in commands():
        flags = " ".join(_flags(command.options))
        words = " ".join(word for operand in command.operands for word in operand.words)
        paths = next(filter(None, map(_paths, command.operands)), "none")
        lines += [
            f"            {command.name})",
            f"                if [[ $cur == -* ]]; then words='{flags}' paths=none",
            f"                else words='{words}' paths={paths}; fi ;;",
        ]
    names = " ".join(one.name for one in commands())
    lines += [
        "        esac",
        "        if ((COMP_CWORD == 1)); then",
        f"            if [[ $cur == -* ]]; then words+=' --version'; else words='{names}' paths=files; fi",
        "        fi",
        "    fi",
        "    local IFS=$'\\n'",
        '    COMPREPLY=($(IFS=\' \'; compgen -W "$words" -- "$cur"))',
        '    if [[ $paths == files ]]; then compopt -o filenames; COMPREPLY+=($(compgen -f -- "$cur"))',
        '    elif [[ $paths == folders ]]; then compopt -o filenames; COMPREPLY+=($(compgen -d -- "$cur")); fi',
        "}",
        "complete -F _pixmeans pixmeans",
    ]
    return "\n".join(lines) + "\n"


def zsh() -> str:
    """For zsh 5, as the file _pixmeans of a folder of fpath, or by eval."""
    lines = [
        "#compdef pixmeans",
        "# Completes the words of pixmeans; made of its parser.",
        "_pixmeans() {",
        "    local -a commands=(",
        *(f"        {_quoted(f'{one.name}:{one.help}')}" for one in commands()),
        "    )",
        "    local command=$words[2]",
        "    if (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then",
        "        _describe -t commands command commands",
        "        _files",
        "        return",
        "    fi",
        "    if (( $commands[(I)$command:*] )); then",
        "        shift words",
        "        (( CURRENT-- ))",
        "    else",
        f"        command={DEFAULT_COMMAND}",
        "    fi",
        "    case $command in",
    ]
    for command in commands():
        own = (
            command.options
            if command.name != DEFAULT_COMMAND
            else (*command.options, *_only(program()[1], "--version"))
        )
        specs = [_zsh_spec(word) for word in (*own, *command.operands)]
        lines.append(f"        {command.name})")
        lines.append("            _arguments -s \\\n                " + " \\\n                ".join(specs) + " ;;")
    lines += [
        "    esac",
        "}",
        'if [[ $funcstack[1] == _pixmeans ]]; then _pixmeans "$@"; else compdef _pixmeans pixmeans; fi',
    ]
    return "\n".join(lines) + "\n"


def fish() -> str:
    """For fish 3."""
    names = " ".join(one.name for one in commands())
    others = " ".join(one.name for one in commands() if one.name != DEFAULT_COMMAND)
    first = f"not __fish_seen_subcommand_from {names}"
    lines = ["# Completes the words of pixmeans; made of its parser."]
    lines += [f"complete -c pixmeans -n {_fish(first)} -a {one.name} -d {_fish(one.help)}" for one in commands()]
    lines += [_fish_line(first, word) for word in _only(program()[1], "--version")]
    for command in commands():
        seen = f"__fish_seen_subcommand_from {command.name}"
        if command.name == DEFAULT_COMMAND:
            seen = f"not __fish_seen_subcommand_from {others}"
        lines += [_fish_line(seen, word) for word in command.options]
        for operand in command.operands:
            if operand.words:
                lines.append(f"complete -c pixmeans -n {_fish(seen)} -a {_fish(' '.join(operand.words))}")
            if not (operand.files or operand.folders) and all(not one.files for one in command.operands):
                lines.append(f"complete -c pixmeans -n {_fish(seen)} -f")
    return "\n".join(lines) + "\n"


def _flags(options: Iterable[Word]) -> list[str]:
    return [flag for option in options for flag in option.flags]


def _only(options: Iterable[Word], flag: str) -> list[Word]:
    return [option for option in options if flag in option.flags]


def _paths(word: Word) -> str:
    """What a value may be beside words: 'files', 'folders' or ''."""
    return "files" if word.files else "folders" if word.folders else ""


def _quoted(text: str) -> str:
    """As one word of bash and zsh."""
    return "'" + text.replace("'", "'\\''") + "'"


def _zsh_spec(word: Word) -> str:
    """One argument of zsh's `_arguments`."""
    action = "->nothing"
    if word.files or word.folders:
        action = "_files" if word.files else "_files -/"
        if word.words:
            action = f"{{compadd {' '.join(word.words)}; {action}}}"
    elif word.words:
        action = f"({' '.join(word.words)})"
    value = "" if not word.value else f":{_zsh_text(word.value)}:{action}".replace("->nothing", "")
    if not word.flags:
        return _quoted(f"{'*' if word.repeats else ''}{value}")
    if word.repeats:
        return " ".join(_quoted(f"*{flag}[{_zsh_text(word.brief)}]{value}") for flag in word.flags)
    excluded = f"({' '.join(word.flags)})"
    return " ".join(_quoted(f"{excluded}{flag}[{_zsh_text(word.brief)}]{value}") for flag in word.flags)


def _zsh_text(text: str) -> str:
    for sign in "\\[]:":
        text = text.replace(sign, f"\\{sign}")
    return text


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _fish_line(condition: str, word: Word) -> str:
    parts = ["complete -c pixmeans -n", _fish(condition)]
    for flag in word.flags:
        parts += ["-l" if flag.startswith("--") else "-s", flag.lstrip("-")]
    parts += ["-d", _fish(word.brief)]
    if word.files:
        parts.append("-r -F")
    elif word.folders:
        parts.append("-x -a '(__fish_complete_directories)'")
    elif word.value:
        parts.append("-x")
    if word.words:
        parts += ["-a", _fish(" ".join(word.words))]
    return " ".join(parts)


WRITTEN: dict[str, Callable[[], str]] = {"bash": bash, "zsh": zsh, "fish": fish, "man": manual.page}

# Where systems look for each below share/, and under which name.
PLACES = {
    "bash": "bash-completion/completions/pixmeans",
    "zsh": "zsh/site-functions/_pixmeans",
    "fish": "fish/vendor_completions.d/pixmeans.fish",
    "man": "man/man1/pixmeans.1",
}
