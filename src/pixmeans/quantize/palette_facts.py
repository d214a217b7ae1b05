"""What can be told of a palette: names of its colors, pairs that can be read, and the colors that a page needs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..arrays import FloatArray
from ..choices import COLOR_NAMES, MAX_INDEXED, PICKS
from ..color.contrast import contrast, luminance
from ..color.names import nearest
from ..color.spaces import SPACES
from ..errors import SettingsError
from ..image import Palette
from ..records import dataclass

# The least contrast ratio of each level, WCAG 2.2, success criteria 1.4.3 and 1.4.6. 'AA large' is for large text, and
# for parts of graphics (1.4.11).
LEVELS = {"AAA": 7.0, "AA": 4.5, "AA large": 3.0}

# Chroma and lightness in OKLab of what is called muted. Gray has chroma 0, the primaries of sRGB 0.26 to 0.32. A
# fifth of the lightness: so a dark blue is not chosen before a tan for a little less chroma.
MUTED_CHROMA, MUTED_LIGHTNESS, SHARE_OF_LIGHTNESS = 0.05, 0.65, 0.2


@dataclass(frozen=True)
class ContrastPair:
    """Two colors of a palette, one for text and one for its background; which is which does not matter.

    dark, light: '#rrggbb', by luminance. ratio: 1 to 21. level: 'AAA', 'AA', 'AA large', or '' below all of them.
    """

    dark: str
    light: str
    ratio: float
    level: str

    def to_dict(self) -> dict[str, str | float]:
        """As JSON can hold it; the ratio to two digits, rounded down, so that no level is claimed that is missed."""
        return {"dark": self.dark, "light": self.light, "ratio": int(self.ratio * 100) / 100, "level": self.level}


def color_names(palette: Palette, names: str = "css") -> list[str]:
    """The name of the nearest color to each entry, by distance in OKLab.

    palette: of k colors.
    names: 'css' (the 148 of CSS Color 4) or 'x11' (rgb.txt of the X Window System, which calls some by other names).
    Alpha does not count; an entry of alpha 0 is 'transparent'. Raises SettingsError.

    >>> color_names(Palette(np.array([[254, 99, 70], [0, 0, 1]], np.uint8)))
    ['tomato', 'black']
    """
    if names not in COLOR_NAMES:
        raise SettingsError(f"names must be one of {', '.join(COLOR_NAMES)}, got {names!r}")
    found = nearest(palette.rgba[:, :3], names)
    return [name if alpha else "transparent" for name, alpha in zip(found, palette.rgba[:, 3].tolist(), strict=True)]


def contrast_pairs(palette: Palette, least: float = 4.5) -> list[ContrastPair]:
    """Pairs of entries with at least this contrast ratio, WCAG 2.2, the highest first.

    palette: of at most 256 colors.
    least: 1 to 21; 7 is level AAA, 4.5 is AA, 3 is AA for large text. Entries of alpha 0 are left out; of translucent
    ones no ratio can be told, as what is behind them is not known.
    Raises SettingsError, also for more than 256 colors.

    >>> contrast_pairs(Palette(np.array([[255, 255, 255], [0, 0, 0], [90, 90, 90]], np.uint8)))[0]
    ContrastPair(dark='#000000', light='#ffffff', ratio=21.0, level='AAA')
    """
    if not 1 <= least <= 21:
        raise SettingsError(f"least must be a contrast ratio, 1 to 21, got {least!r}")
    if len(palette) > MAX_INDEXED:
        raise SettingsError(f"pairs are told of at most {MAX_INDEXED} colors, and there are {len(palette)}: use fewer")
    alpha = palette.rgba[:, 3]
    if bool(((alpha > 0) & (alpha < 255)).any()):
        raise SettingsError("the contrast of translucent colors depends on what is behind them: lay them upon a matte")
    shown = np.flatnonzero(alpha)
    lights = luminance(palette.rgba[shown, :3])
    names = [palette.hex[index] for index in shown.tolist()]
    pairs = []
    for first in range(len(shown)):
        ratios = contrast(lights[first], lights[first + 1 :])
        for second, ratio in enumerate(ratios.tolist(), first + 1):
            if ratio >= least:
                dark, light = (first, second) if lights[first] <= lights[second] else (second, first)
                pairs.append(ContrastPair(names[dark], names[light], ratio, level_of(ratio)))
    return sorted(pairs, key=lambda pair: -pair.ratio)


def level_of(ratio: float) -> str:
    """The level of WCAG 2.2 that a contrast ratio reaches, '' if none.

    >>> level_of(4.6), level_of(1.5)
    ('AA', '')
    """
    return next((level for level, least in LEVELS.items() if ratio >= least), "")


def pick_colors(palette: Palette) -> dict[str, str]:
    """The entry for each of `choices.PICKS`, as '#rrggbb' (or '#rrggbbaa'); one entry may serve several.

    palette: of k colors.
    'vivid' has the most chroma in OKLab, 'muted' is nearest to chroma 0.05 and, a fifth as much, to lightness 0.65;
    'dark' and 'light' have the least and the most lightness; of equal ones it is the first. Those of alpha 0 are out.
    Raises SettingsError if there are no others.

    >>> pick_colors(Palette(np.array([[250, 250, 240], [20, 20, 60], [230, 60, 20], [120, 110, 140]], np.uint8)))
    {'vivid': '#e63c14', 'muted': '#786e8c', 'dark': '#14143c', 'light': '#fafaf0'}
    """
    seen = np.flatnonzero(palette.rgba[:, 3])
    if len(seen) == 0:
        raise SettingsError("all colors of this palette are transparent: there is none to pick")
    points = SPACES["oklab"].palette_points(palette.rgba[seen, :3])
    chroma = np.sqrt(points[:, 1] * points[:, 1] + points[:, 2] * points[:, 2])
    return {name: palette.hex[int(seen[_COSTS[name](points[:, 0], chroma).argmin()])] for name in PICKS}


# How far a color of some lightness and chroma is from what each pick means.
_COSTS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "vivid": lambda lightness, chroma: -chroma,
    "muted": lambda lightness, chroma: (
        np.abs(chroma - MUTED_CHROMA) + SHARE_OF_LIGHTNESS * np.abs(lightness - MUTED_LIGHTNESS)
    ),
    "dark": lambda lightness, chroma: lightness,
    "light": lambda lightness, chroma: -lightness,
}
