"""The directive `command-line`: every command with its flags, read from the parser that reads them.

A command that is added to `pixmeans.cli.commands` stands on the page without another line.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from pixmeans.cli.parser import build


def commands() -> dict[str, argparse.ArgumentParser]:
    """The parsers of the commands by name, in the order of `pixmeans --help`."""
    for action in build()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise ValueError("the parser has no commands")


def flags(parser: argparse.ArgumentParser) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The groups of a command: a heading, and pairs of what is typed and what it means."""
    for group in parser._action_groups:
        rows = [
            (typed(action), (action.help or "") % {**vars(action), "prog": parser.prog})
            for action in group._group_actions
            if action.help is not argparse.SUPPRESS
        ]
        if rows:
            title = group.title or "options"
            yield {"positional arguments": "arguments"}.get(title, title), rows


def typed(action: argparse.Action) -> str:
    """'-k N, --k N'."""
    if not action.option_strings:
        return str(action.metavar or action.dest) + (" ..." if action.nargs in ("*", "+") else "")
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return ", ".join(f"{option}{value}" for option in action.option_strings)


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """The end of a command's help as pairs of a heading ('' without) and what stands under it."""
    for paragraph in filter(str.strip, re.split(r"\n\s*\n", text)):
        head, _, rest = paragraph.partition("\n")
        if head.endswith(":") and rest.startswith(" "):
            yield head.rstrip(":"), "\n".join(line.removeprefix("  ") for line in rest.splitlines())
        else:
            yield "", " ".join(paragraph.split())


class CommandLine(SphinxDirective):
    """All commands, a section each."""

    def run(self) -> list[nodes.Node]:
        """The sections."""
        made: list[nodes.Node] = []
        for name, parser in commands().items():
            section = nodes.section(ids=[nodes.make_id(f"pixmeans-{name}")], names=[f"pixmeans {name}"])
            section += nodes.title("", f"pixmeans {name}")
            section += nodes.paragraph("", parser.description or "")
            usage = re.sub(r"\s+", " ", parser.format_usage()).removeprefix("usage: ").strip()
            words = usage if len(usage) < 90 else f"pixmeans {name} [options]{_operands(parser)}"
            section += self.code(words)
            for heading, rows in flags(parser):
                section += nodes.rubric("", heading[0].upper() + heading[1:])
                section += self.list_of(name, rows)
            for heading, words in blocks(parser.epilog or ""):
                if heading:
                    section += nodes.rubric("", heading[0].upper() + heading[1:])
                    section += self.code(words)
                else:
                    section += nodes.paragraph("", words[0].upper() + words[1:])
            self.state.document.note_explicit_target(section)
            made.append(section)
        return made

    def code(self, words: str) -> nodes.literal_block:
        """A block of lines as they are."""
        return nodes.literal_block(words, words, language="none", classes=["command"])

    def list_of(self, command: str, rows: list[tuple[str, str]]) -> nodes.definition_list:
        """What is typed, and what it means."""
        made = nodes.definition_list(classes=["flags"])
        for words, meaning in rows:
            term = nodes.term("", "", nodes.literal("", words))
            option = re.search(r"--[\w-]+", words)
            if option:
                term["ids"].append(nodes.make_id(f"{command}{option.group()}"))
            made += nodes.definition_list_item("", term, nodes.definition("", nodes.paragraph("", meaning)))
        return made


def _operands(parser: argparse.ArgumentParser) -> str:
    return "".join(f" {typed(action)}" for action in parser._actions if not action.option_strings)


def setup(app: Any) -> dict[str, bool]:
    """Adds the directive."""
    app.add_directive("command-line", CommandLine)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
