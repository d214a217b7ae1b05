"""The page in one file: its modules joined into one script, its style, and the data that it shows.

From file:// browsers load neither ES modules nor workers from files, and a mail has one attachment. So Python joins the
modules into one classic script, and the worker starts from a Blob of that script's own text. There is no build step
besides this one, and nothing is minified: the source of a saved report can be read.

A module has what this file understands, and nothing else:

- `import { a, b as c } from './x.js';` at its head, of modules that do not import it in turn;
- `export function`, `export function*`, `export async function`, `export class`, `export const NAME =`, each at the
  beginning of a line.

Each module becomes a function's body, so names are its own. What stands at the top of `engine/` also runs in the
worker, which ends behind it: no module there may touch the document.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

# What a worker loads, what the page does, and what the player of a notebook does.
WORKER = "engine/worker.js"
MAIN = "ui/main.js"
PLAYER = "player/main.js"

_IMPORT = re.compile(r"^import\s*\{([^}]*)\}\s*from\s*'([^']+)';[ \t]*\n", re.MULTILINE)
_EXPORT = re.compile(r"^export\s+((?:async\s+)?function\*?|class|const)\s+([A-Za-z_$][\w$]*)", re.MULTILINE)
_LEFT = re.compile(r"^\s*(?:import|export)\b.*$", re.MULTILINE)


def read(path: str) -> str:
    """The text of a file of this folder."""
    return files(__package__).joinpath(path).read_text(encoding="utf-8")


def _resolved(path: str, origin: str) -> str:
    """The path of an imported module, from this folder."""
    parts = origin.split("/")[:-1]
    for part in path.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def modules(entry: str) -> tuple[str, ...]:
    """The modules that an entry needs, each behind those that it imports. Raises ValueError for a circle."""
    order: dict[str, None] = {}
    open_ones: list[str] = []

    def visit(path: str) -> None:
        if path in order:
            return
        if path in open_ones:
            raise ValueError(f"modules import in a circle: {' -> '.join([*open_ones, path])}")
        open_ones.append(path)
        for _, imported in _IMPORT.findall(read(path)):
            visit(_resolved(imported, path))
        open_ones.pop()
        order[path] = None

    visit(entry)
    return tuple(order)


def _variable(path: str) -> str:
    """The name of a module's exports within the script."""
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))


def wrapped(path: str) -> str:
    """A module as a statement that defines its exports."""
    source = read(path)
    heads = []
    for names, imported in _IMPORT.findall(source):
        renamed = ", ".join(name.strip().replace(" as ", ": ") for name in names.split(",") if name.strip())
        heads.append(f"const {{ {renamed} }} = {_variable(_resolved(imported, path))};")
    body = _IMPORT.sub("", source)
    exports = [name for _, name in _EXPORT.findall(body)]
    body = _EXPORT.sub(r"\1 \2", body)
    odd = _LEFT.search(body)
    if odd:
        raise ValueError(f"{path}: the page's modules cannot have this: {odd.group().strip()}")
    lines = [f"// {path}", f"const {_variable(path)} = (() => {{", *heads, body.strip()]
    return "\n".join([*lines, f"return {{ {', '.join(exports)} }};", "})();", ""])


@cache
def script() -> str:
    """The whole page's script. It calls `start(source)` of `ui/main.js` with its own text, for workers to run."""
    worker = modules(WORKER)
    page = [path for path in modules(MAIN) if path not in worker]
    parts = ["(() => {", "'use strict';"]
    parts += ["const source = typeof document === 'undefined' ? '' : document.currentScript.textContent;"]
    parts += [wrapped(path) for path in worker]
    parts += ["if (typeof document === 'undefined') return; // a worker has what it needs", ""]
    parts += [wrapped(path) for path in page]
    parts += [f"{_variable(MAIN)}.start(source);", "})();"]
    return _checked("\n".join(parts))


def _checked(text: str) -> str:
    """A script that may stand in a page."""
    if re.search(r"</script|<!--", text, re.IGNORECASE):
        raise ValueError("a script in a page must not contain </script or <!--: write '<\\/script'")
    return text


@cache
def style() -> str:
    """The style sheet of the page."""
    return read("page.css")


@cache
def colors() -> str:
    """The part of the style sheet that other pages share: the colors for light and for dark."""
    found = re.search(r"(?:^@property [^\n]*\n)+^:root \{.*?^\}\n", style(), re.DOTALL | re.MULTILINE)
    if found is None:
        raise ValueError("page.css must say its colors in one block, @property ... and :root { ... }")
    return found.group()


# What stands at the top of every page.
HEADER = "<h1>pixmeans</h1>"


@cache
def styles() -> tuple[str, ...]:
    """All style sheets of the page: the one above, and those that the template has for pages without scripts."""
    return (style(), *re.findall(r"<style>(.*?)</style>", read("template.html"), re.DOTALL))


def hash_of(text: str) -> str:
    """What a Content-Security-Policy allows an inline script or style by.

    >>> hash_of("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def data_block(data: Any) -> str:
    """JSON that may stand in a script element: nothing in it ends the element, or a line of JavaScript.

    >>> data_block({"name": "</script>"})
    '{"name":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    # Half of a pair, as names of files may have, is no UTF-8.
    return text.encode("utf-8", "replace").decode("utf-8")


def policy(origin: str = "") -> str:
    """The Content-Security-Policy of the page: its one script, its style, and nothing from elsewhere.

    origin: where pictures may come from and requests go to besides the page itself, as "'self'".

    >>> "unsafe" in policy()
    False
    """
    rules = {
        "default-src": "'none'",
        "script-src": hash_of(script()),
        "style-src": " ".join(map(hash_of, styles())),
        "img-src": f"{origin} data: blob:".strip(),
        "connect-src": f"{origin} data: blob:".strip(),
        "worker-src": "blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def page(data: Any, *, title: str = "pixmeans", stills: str = "", alone: bool = False) -> str:
    """The page as one document.

    data: what it shows, see docs/studio.md. title: of the document, plain text. stills: HTML that is shown on paper and
    where scripts do not run. The template works from a server of files, too: what is replaced here are the parts that
    such a page loads. alone: no server says what the page may do, so it says itself that it asks nobody for anything.
    """
    own = f'\n<meta http-equiv="Content-Security-Policy" content="{policy()}">' if alone else ""
    parts = {
        r'<meta charset="utf-8">': f'<meta charset="utf-8">{own}',
        r"<title>.*?</title>": f"<title>{escaped(title)}</title>",
        r'<link rel="stylesheet" href="page\.css">': f"<style>{style()}</style>",
        r'(?<=<script type="application/json" id="pixmeans-data">).*?(?=</script>)': data_block(data),
        r"<!-- stills -->": stills,
        r'<script type="module">.*?</script>': f"<script>{script()}</script>",
    }
    return _filled("template.html", parts)


def player(data: Any, *, bare: bool) -> str:
    """The small page of a notebook: one run to go through. bare: it has no picture.

    data: {picture: {src, width, height}, settings, scale} or {steps, scale}, see player/main.js.
    """
    parts = {
        r'<link rel="stylesheet" href="page\.css">': f"<style>{colors()}{read('player/player.css')}</style>",
        r'(?<=<script type="application/json" id="pixmeans-data">).*?(?=</script>)': data_block(data),
        r'<script type="module"></script>': f"<script>{player_script()}</script>",
    }
    if bare:
        parts[r'<main>\n  <canvas id="picture"[^\n]*\n'] = '<main class="bare">\n'
    return _filled("player/player.html", parts)


@cache
def player_script() -> str:
    """The script of that page."""
    paths = modules(PLAYER)
    return _checked(
        "\n".join(["(() => {", "'use strict';", *map(wrapped, paths), f"{_variable(PLAYER)}.start();", "})();"])
    )


def _filled(template: str, parts: dict[str, str]) -> str:
    """A template with parts of it replaced, each of which must be there once."""
    text = read(template)
    for pattern, part in parts.items():
        found = list(re.finditer(pattern, text, re.DOTALL))
        if len(found) != 1:
            raise ValueError(f"{template} must have this once: {pattern}")
        text = text[: found[0].start()] + part + text[found[0].end() :]
    return text


def escaped(text: str) -> str:
    """Plain text as HTML, in elements and in quoted attributes.

    >>> escaped('<b> & "c"')
    '&lt;b&gt; &amp; &quot;c&quot;'
    """
    for character, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(character, name)
    return text.encode("utf-8", "replace").decode("utf-8")
