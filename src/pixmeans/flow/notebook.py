"""How a result looks in a notebook: the picture, its palette with shares, the sizes, and a run to go through."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from .. import codecs

if TYPE_CHECKING:
    from .result import Compressed

_SHOWN = 64  # colors with a swatch of their own; more are told by their number


def png_of(result: Compressed) -> bytes:
    """The compressed picture as PNG: the very file, if it is one."""
    return result.data if result.format == "png" else codecs.encode(result.indexed, "png")


def html_of(result: Compressed) -> str:
    """A fragment that a notebook shows. Where that runs no scripts, all is there but the run."""
    from ..explain.player import player_of_result  # reaches up, as `Compressed.explain` does

    picture = b64encode(png_of(result)).decode()
    swatches = "".join(_swatch(name, share) for name, share in _entries(result)[:_SHOWN])
    more = len(result.palette) - _SHOWN
    rest = f" and {more} more colors" if more > 0 else ""
    return (
        '<div style="max-width:640px">'
        f'<img src="data:image/png;base64,{picture}" alt="{result}" style="max-width:100%;image-rendering:auto">'
        f'<div style="display:flex;flex-wrap:wrap">{swatches}</div>'
        f"<div>{_sizes(result)}{rest}</div></div>"
        f"<details><summary>Watch plain k-means find {len(result.palette)} colors</summary>"
        f"{player_of_result(result)}</details>"
    )


def _entries(result: Compressed) -> list[tuple[str, float]]:
    shares = result.palette.shares
    return [(name, 0.0 if shares is None else float(shares[row])) for row, name in enumerate(result.palette.hex)]


def _swatch(name: str, share: float) -> str:
    return (
        f'<span title="{name}, {100 * share:.1f} % of the pixels" '
        f'style="background:{name};width:28px;height:28px;border:1px solid #8888"></span>'
    )


def _sizes(result: Compressed) -> str:
    sizes = result.sizes
    facts = [f"{result}, {sizes.raw:,} bytes raw"]
    if sizes.original is not None:
        facts.append(f"{sizes.original:,} bytes original {sizes.original_format}")
    return ", ".join(facts)
