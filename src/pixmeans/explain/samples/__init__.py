"""Sample pictures, painted by arithmetic: no licence questions, and the same bytes on every machine.

Only + - * /, square roots, comparisons and an integer hash are used: they round the same everywhere. Sines,
powers and matrix products may take another path on another processor, and one wrong last bit would change a palette.

    reef        the article's situation: two small orange fish that 16 colors lose and 32 keep
    sky         a smooth gradient: the bad case, a palette makes bands of it
    sprite      pixel art with transparency: the good case
    icon        a glossy icon: soft edges, a drop shadow, smooth colors
    ghost       a translucent sprite with a glow: few pixels are opaque, few are not seen
    screenshot  windows and text: the good case
    interface   a dialog: letters with many shades of gray at their edges, flat areas, a bar of all hues
    noise       every color alike: the worst case
"""

from __future__ import annotations

from collections.abc import Callable

from ...image import Image
from .art import ghost, icon, sprite
from .photo import REEF_FISH, REEF_ORANGE, noise, reef, sky
from .screen import interface, screenshot

__all__ = [
    "REEF_FISH",
    "REEF_ORANGE",
    "SAMPLES",
    "ghost",
    "icon",
    "interface",
    "noise",
    "reef",
    "screenshot",
    "sky",
    "sprite",
]

SAMPLES: dict[str, Callable[[], Image]] = {
    "reef": reef,
    "sky": sky,
    "sprite": sprite,
    "icon": icon,
    "ghost": ghost,
    "screenshot": screenshot,
    "interface": interface,
    "noise": noise,
}
