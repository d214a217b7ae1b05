"""Docstrings of this project as NumPy's sections: Parameters, Attributes, Returns, Raises, Examples.

The source says `name: what it is` in running text, and has types in the signature alone. This joins both, for Sphinx:

>>> def half(x: float, *, digits: int = 2) -> float:
...     '''Half of a number.
...
...     x: a number. digits: how many to keep.
...     Raises ValueError (not a number).
...     '''
>>> print("\\n".join(sections(half, "function")))
Half of a number.
<BLANKLINE>
Parameters
----------
x : float
    A number.
digits : int, default 2
    How many to keep.
<BLANKLINE>
Returns
-------
float
<BLANKLINE>
Raises
------
ValueError
    Not a number.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Any, NamedTuple

from pixmeans import errors

# A sentence that says what a function raises, up to the end of its paragraph.
_RAISES = re.compile(r"(?:^[ ]*|(?<=[.:;)] ))Raises (?P<what>[A-Z]\w*(?:Error|Exit).*)", re.S | re.M)
_ERROR = re.compile(r"(?P<name>[A-Z]\w*(?:Error|Exit))(?: \((?P<why>[^()]*(?:\([^()]*\)[^()]*)*)\))?")
# What is not about the argument before it: a sentence about others, or one that begins a line.
_OTHERS = re.compile(r"(?<=[.)] )Other arguments |(?<=[.)]\n)(?=[A-Z][a-z]+ )")


# Names of types that are only short for others.
NAMES = {
    "npt.ArrayLike": "ArrayLike",
    "npt.NDArray": "NDArray",
    "OnStep": "Callable[[Step], None]",
    "Progress": "Callable[[str], None]",
}


class Argument(NamedTuple):
    """What a signature says of an argument or a field."""

    type: str
    default: str | None

    @property
    def words(self) -> str:
        """'int, default 2'."""
        parts = [self.type] if self.type and self.type != "Any" else []
        return ", ".join(parts + ([f"default {self.default}"] if self.default is not None else []))


def arguments(what: Any) -> dict[str, Argument]:
    """The arguments of a function, or of a class, whose fields may be arguments; in their order."""
    try:
        signature = inspect.signature(what)
    except (TypeError, ValueError):
        return {}
    found = {}
    for name, one in signature.parameters.items():
        if name in ("self", "cls"):
            continue
        kind = "" if one.annotation is one.empty else str(getattr(one.annotation, "__name__", one.annotation))
        shown = one.default is not one.empty and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
        default = _short(one.default) if shown else None
        found[name] = Argument(spelled(kind), default)
    return found


def spelled(annotation: str) -> str:
    """A type as a reader knows it: names of our own that stand for others are written out."""
    for name, meaning in NAMES.items():
        annotation = re.sub(rf"(?<![\w.]){re.escape(name)}\b", meaning, annotation)
    return annotation.strip("'")


def _short(default: Any) -> str | None:
    """A default as it is written, if that can be read."""
    words = repr(default)
    return None if words.startswith("<") or "(" in words[1:] else words


def sections(what: Any, kind: str, doc: str | None = None) -> list[str]:
    """The lines of a docstring. kind: as autodoc says: 'function', 'class', 'method', ...; doc: instead of its own."""
    text = inspect.cleandoc(doc if doc is not None else (inspect.getdoc(what) or ""))
    known = arguments(what) if kind in ("function", "class", "method", "exception") else {}
    prose: list[str] = []
    told: dict[str, str] = {}
    raised: list[tuple[str, str]] = []
    examples: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        if paragraph.lstrip().startswith(">>>"):
            examples += ([""] if examples else []) + paragraph.splitlines()
            continue
        found = _RAISES.search(paragraph)
        if found:
            raised += [
                (one["name"], " ".join((one["why"] or "").split()) or _meaning(one["name"]))
                for one in _ERROR.finditer(found["what"])
            ]
            after = _after_errors(found["what"])
            paragraph = paragraph[: found.start()].rstrip()
        else:
            after = ""
        prose += [words for words in (_taken(paragraph, known, told).strip(), after) if words]
    lines = "\n\n".join(prose).splitlines()
    fields = kind == "class" and dataclasses.is_dataclass(what)
    title = "Attributes" if fields else "Parameters"
    items = [
        (f"{name} : {one.words}".rstrip(" :"), told.get(name, ""))
        for name, one in known.items()
        if name in told or fields
    ]
    lines += _section(title, items)
    returned = _returned(what) if kind in ("function", "method") else ""
    lines += _section("Returns", [(returned, "")] if returned else [])
    lines += _section("Raises", [(name, _sentence(why)) for name, why in raised])
    if examples:
        lines += ["", "Examples", "--------", *examples]
    return lines


def _taken(paragraph: str, known: dict[str, Argument], told: dict[str, str]) -> str:
    """What a paragraph says beside what arguments are, which is put into `told`."""
    if not known:
        return paragraph
    one = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    marker = re.compile(rf"(?:^[ ]*|(?<=[.;)\]] )|(?<=[.;)]\n))(?P<names>(?:{one})(?:, (?:{one}))*): ", re.M)
    found = list(marker.finditer(paragraph))
    if not found:
        return paragraph
    rest = [paragraph[: found[0].start()]]
    for number, mark in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(paragraph)
        words = paragraph[mark.end() : end]
        others = None if mark.group().startswith("    ") else _OTHERS.search(words)
        if others:
            rest.append(words[others.start() :])
            words = words[: others.start()]
        for name in mark["names"].split(", "):
            told[name] = _sentence(" ".join(words.split()).rstrip(";"))
    return "\n".join(part.strip() for part in rest if part.strip())


def _sentence(words: str) -> str:
    """Words that begin with a capital, unless they begin with a name or a value, and end with a dot."""
    if not words:
        return ""
    if re.match(r"[a-z]{2,}[ ,;.:]|[a-z]{2,}$|a ", words):
        words = words[0].upper() + words[1:]
    return words if words.endswith((".", ":", "!", "?")) else f"{words}."


def _after_errors(words: str) -> str:
    """What follows the list of errors: '; each is one line' or another sentence."""
    position = 0
    for one in _ERROR.finditer(words):
        if words[position : one.start()].strip(" ,\n") not in ("", "and", "or"):
            break
        position = one.end()
    tail = " ".join(words[position:].split()).lstrip(".;, ")
    return _sentence(tail)


def _meaning(error: str) -> str:
    """The first line of what an error of ours says of itself."""
    return (inspect.getdoc(getattr(errors, error, None)) or "").partition("\n")[0] if hasattr(errors, error) else ""


def _returned(what: Any) -> str:
    """The type that a function returns, as its signature says."""
    try:
        annotation = inspect.signature(what).return_annotation
    except (TypeError, ValueError):
        return ""
    words = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return "" if words in ("None", "Any", "_empty", "Self") else spelled(words)


def _section(title: str, items: list[tuple[str, str]]) -> list[str]:
    """A section of NumPy's manner, with an empty line before it; nothing without items."""
    if not items:
        return []
    lines = ["", title, "-" * len(title)]
    for head, words in items:
        lines.append(head)
        if words:
            lines.append(f"    {words}")
    return lines


def _process(app: Any, kind: str, name: str, what: Any, options: Any, lines: list[str]) -> None:
    if lines:
        made = sections(what, kind, "\n".join(lines))
        lines[:] = [_literal(line) for line in made]


def _literal(line: str) -> str:
    """Names in single backquotes are code here, as in Markdown; examples stay as they are."""
    if line.lstrip().startswith((">>>", "...")):
        return line
    line = re.sub(r"(?<![`:\w])`([^`]+)`(?!`)", r"``\1``", line)
    line = re.sub(r"(?<![`\w])(\w+_)(?![\w`])", r"``\1``", line)  # labels_ and the like are no links
    return re.sub(r"(?<!\*)\*\*(?=[\w])", r"\\*\\*", line) if "``" not in line else line


def _sign(app: Any, kind: str, name: str, what: Any, options: Any, signature: str, returned: str) -> Any:
    """The signature with types as the source spells them, which is shorter than what they stand for."""
    from sphinx.util.inspect import stringify_signature

    if kind not in ("function", "class", "method") or not signature:
        return None
    try:
        found = inspect.signature(what)
    except (TypeError, ValueError):
        return None
    kept = [
        one.replace(annotation=spelled(str(one.annotation)) if one.annotation is not one.empty else one.empty)
        for place, one in enumerate(found.parameters.values())
        if not (place == 0 and one.name in ("self", "cls"))
    ]
    words = stringify_signature(found.replace(parameters=kept, return_annotation=inspect.Signature.empty))
    end = found.return_annotation
    return words, None if kind == "class" or end is inspect.Signature.empty else spelled(str(end))


def _dash(app: Any, tree: Any) -> None:
    """A dash between an argument and what it is. Sphinx has two hyphens there, which flags have, too."""
    from docutils import nodes

    for text in list(tree.findall(nodes.Text)):
        if text.astext() == " -- ":
            text.parent.replace(text, nodes.Text(" \N{EN DASH} "))


def setup(app: Any) -> dict[str, bool]:
    """Before napoleon, which reads the sections."""
    app.connect("autodoc-process-signature", _sign)
    app.connect("doctree-read", _dash)
    app.connect("autodoc-process-docstring", _process, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
