"""The gallery's index page: one file of HTML, readable offline, that shows what stands beside it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..image import Image
from ..settings import Settings
from .page import bundle
from .wording import made_with, size

if TYPE_CHECKING:
    from .gallery import WrittenFigure

MOVING = (".gif", ".webp", ".apng", ".mp4")

STYLE = (
    f"""\
{bundle.colors()}"""
    + """\
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 1104px; margin: 0 auto; padding: 40px 32px 80px; }
header { max-width: 1104px; margin: 0 auto; padding: 16px 32px 0; }
header h1 { font-size: 17px; letter-spacing: -0.01em; margin: 0; }
main h1 { font-size: 32px; line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 21px; line-height: 1.3; margin: 0; }
h2 small { color: var(--mute); font-weight: normal; font-size: 15px; margin-right: 10px; }
p { max-width: 74ch; margin: 8px 0; }
a { color: inherit; text-underline-offset: 3px; }
nav ol { list-style: none; padding: 0; margin: 24px 0 0; columns: 3 250px; column-gap: 32px; }
nav li { padding: 2px 0; break-inside: avoid; }
nav span, .files { color: var(--mute); font-size: 14px; }
nav span { display: inline-block; min-width: 34px; }
section { border-top: 1px solid var(--line); margin-top: 44px; padding-top: 24px; }
figure { margin: 18px 0 0; }
img { display: block; max-width: 100%; height: auto; border-radius: 4px; }
figcaption { margin-top: 10px; max-width: 84ch; }
footer { border-top: 1px solid var(--line); margin-top: 44px; padding-top: 16px; color: var(--mute); font-size: 14px; }
"""
)


def index_page(made: Sequence[WrittenFigure], name: str, image: Image, settings: Settings) -> str:
    """The page for files that stand in one folder; made: in the order in which they are shown."""
    groups: dict[tuple[str, str], list[WrittenFigure]] = {}
    for file in made:
        groups.setdefault((file.figure, file.title), []).append(file)
    # The first group of a figure has its id as anchor, and its place in the table of contents.
    ids = dict(reversed(groups))
    contents = "\n".join(
        f'<li><span>{figure}</span> <a href="#{figure.lower()}">{html.escape(title)}</a></li>'
        for figure, title in groups
        if ids[figure] == title
    )
    sections = []
    for (figure, title), files in groups.items():
        anchor = f' id="{figure.lower()}"' if ids[figure] == title else ""
        sections.append(
            f"<section{anchor}>\n<h2><small>{figure}</small>{html.escape(title)}</h2>\n{_figures(files)}\n</section>"
        )
    total = sum(file.size_bytes for file in made)
    heading = f"How k-means compresses {name}"
    about = f"{image.width}x{image.height} pixels. Unless a figure says otherwise: {made_with(settings)}."
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(heading)}</title>
<style>
{STYLE}</style>
<header>{bundle.HEADER}</header>
<main>
<h1>{html.escape(heading)}</h1>
<p>{html.escape(about)} Every figure is made from the run that it shows; errors are RMSE, the root of the mean over
pixels of the squared error summed over R, G and B (0 to 255).</p>
<nav><ol>
{contents}
</ol></nav>
{chr(10).join(sections)}
<footer>{len(made)} files, {size(total)}. Beside each picture is a text file with its description.</footer>
</main>
</html>
"""


def _figures(files: Sequence[WrittenFigure]) -> str:
    """The files of one figure: its still and one animation; the others as links."""
    stills = [file for file in files if file.path.suffix not in MOVING]
    moving = [file for file in files if file.path.suffix in MOVING]
    parts = []
    for file in stills[:1]:
        parts.append(f'<a href="{_link(file)}">{_image(file)}</a>')
    for file in [file for file in moving if file.path.suffix != ".mp4"][:1]:
        picture = _image(file)
        if stills:  # who asks for less motion sees the still alone
            reduced = f'<source media="(prefers-reduced-motion: reduce)" srcset="{_link(stills[0])}">'
            picture = f"<picture>{reduced}{picture}</picture>"
        parts.append(picture)
    caption = html.escape(files[0].caption)
    links = ", ".join(
        f'<a href="{_link(file)}">{html.escape(file.path.name)}</a> {size(file.size_bytes)}' for file in files
    )
    notes = "".join(f"<br>{html.escape(note)}" for note in dict.fromkeys(note for file in files for note in file.notes))
    pictures = "\n<br>\n".join(parts)
    return f'<figure>\n{pictures}\n<figcaption>{caption}<div class="files">{links}{notes}</div></figcaption>\n</figure>'


def _image(file: WrittenFigure) -> str:
    alt = html.escape(f"{file.title.rstrip('.')}. {file.caption}", quote=True)
    return f'<img src="{_link(file)}" alt="{alt}" loading="lazy">'


def _link(file: WrittenFigure) -> str:
    return html.escape(file.path.name, quote=True)
