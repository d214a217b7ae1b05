"""The names that settings choose from, each with one line of help. It imports nothing heavy: `--help` needs it.

Beside the functions that do the work stands a table with the same names: `clustering.seeding.STARTS`,
`quantize.dither.DITHERS`, `codecs.formats.FORMATS`, `codecs.palette_writers.FORMATS`, `color.spaces.SPACES`,
`alternatives.METHODS`. A test holds both equal. `docs/extending.md` shows how to add to them.
"""

from __future__ import annotations

from .records import dataclass

# The most colors of a picture, and the most that an indexed file (PNG, GIF, ACT) has entries for.
MAX_COLORS = 1 << 16
MAX_INDEXED = 256

SPACES = {
    "rgb": "sRGB: the least mean squared error",
    "luma": "sRGB as luma weighs it: small graphics of few colors",
    "oklab": "OKLab: the best look of photos",
}

STARTS = {
    "pca": "cut the colors along their principal axes; no chance in it",
    "wu": "Wu's variance cuts; no chance in it",
    "k-means++": "points far from those chosen before are likelier",
    "random-pixels": "the colors of random pixels, as the article does",
    "random-colors": "random colors, as the article's first figure does",
}
EFFORTS = {
    "preview": "a few milliseconds a megapixel, for pages and tools that redraw: bins of colors, no dithering",
    "fast": "the start and at most 30 iterations",
    "normal": "also a search beyond the first minimum",
    "best": "a longer search",
}
# What effort 'preview' takes: fields of `Settings` and their values that it can honour, the usual one first.
PREVIEW_TAKES: dict[str, tuple[object, ...]] = {
    "quality": (None,),
    "max_bytes": (None,),
    "space": ("auto", "rgb"),
    "masking": ("auto", "off"),
    "protect": ("auto", "off"),
    "keep": ((),),
    "palette": (None,),
    "color_bits": (None,),
    "importance": (None,),
    "cap": (None,),
    "init": ("pca", "wu"),
    "n_init": (1,),
    "max_iterations": (None,),
    "tolerance": (None,),
    "search": ("split-merge",),
    "empty": ("refill",),
    "dither": ("auto", "none"),
    "dither_strength": (None, 1.0),
    "lossy": ("auto", "off"),
    "bleed": (False,),
    "keep_hidden_colors": (False,),
}
SEARCHES = {
    "split-merge": "merge clusters that are nearly one, split others, and keep what paid",
    "genetic": "a population of partitions that mutate, step and are selected; for comparison: seldom better",
}
EMPTY = {
    "refill": "a centroid without points moves to the point that is served worst",
    "keep": "a centroid without points stays where it is",
}
MASKING = {
    "auto": "with OKLab, and of small or flat pictures where that looks better for its size",
    "on": "errors count less in texture and more where it is flat",
    "off": "every pixel counts the same",
}
PROTECT = {
    "auto": "small vivid colors get entries for at most 6 % more error",
    "off": "no color is protected",
    "strong": "small vivid colors get entries for at most 15 % more error",
}
DITHERS = {
    "none": "each pixel gets the nearest entry",
    "floyd-steinberg": "its error goes on to four neighbors, line by line",
    "riemersma": "its error goes on along a Hilbert curve",
    "blue-noise": "a mask without structure mixes two entries",
    "bayer": "a regular mask mixes two entries",
    "auto": "Floyd-Steinberg where areas are smooth, less of it in texture; none with more than 256 colors",
}
LOSSY = {
    "auto": "indices may change by at most a point of SSIMULACRA2 to pack better",
    "on": "the same with every space, dither and palette",
    "off": "indices stay as they are",
}
ICC = {
    "srgb": "convert colors to sRGB",
    "keep": "keep values and profile",
}
LEVELS = {
    "full": "gray of more than 8 bits as it is",
    "auto": "gray of more than 8 bits from its darkest value as black to its lightest as white",
}
PALETTE_PER = {
    "animation": "all frames share one palette",
    "frame": "a frame has its own palette where that takes more error than bytes; GIF and WebP",
}
PNG_TYPES = {
    "auto": "gray samples where the picture is gray and they are smaller, else indices",
    "gray": "gray samples; a picture with colors is refused",
    "indexed": "indices and a palette",
}
BIT_DEPTHS = {1: "2 colors", 2: "4 colors", 4: "16 colors", 8: "256 colors"}
COLOR_BITS = {
    "rgb565": "most small displays: 5, 6 and 5 bits of red, green and blue",
    "rgb555": "15 bits: Game Boy Color and Advance, SNES, Nintendo DS",
    "rgb444": "12 bits: Amiga, Game Gear",
    "rgb333": "9 bits: Mega Drive, Atari ST",
    "rgba4444": "4 bits each, alpha too: textures",
}
PALETTE_ORDERS = {
    "share": "most used first",
    "lightness": "darkest first",
    "hue": "around the color circle, grays first",
    "found": "as they first appear in the picture, line by line",
}
PALETTE_FORMATS = {
    "hex": "a color a line",
    "json": "with shares",
    "css": "custom properties",
    "gpl": "GIMP, Inkscape, Krita",
    "ase": "Adobe Swatch Exchange",
    "act": "Adobe Color Table",
    "pal": "JASC",
    "txt": "paint.net",
    "clr": "GDAL",
    "png": "a strip of swatches",
    "svg": "the same, drawn",
}
COLOR_NAMES = {
    "css": "of CSS Color 4",
    "x11": "of the X Window System",
}
PICKS = {
    "vivid": "the most colorful",
    "muted": "neither gray nor bright",
    "dark": "the darkest",
    "light": "the lightest",
}
WEIGH = {
    "pixels": "every pixel counts the same, so large pictures count more",
    "pictures": "every picture counts the same, so does a small one",
}
PRESETS = {
    "article": "the article's algorithm and nothing else",
}
ALTERNATIVES = {
    "vq": "vector quantization: k-means on blocks of 2x2 or 4x4 pixels",
    "ecvq": "entropy-constrained vector quantization: lambda decides how many words remain",
    "fractal": "the picture as maps of its larger parts onto its smaller ones",
}
METRICS = {
    "ssimulacra2": "90: cannot be told apart, 80: hardly, 70: a little, 50: much",
    "psnr": "in dB",
}


@dataclass(frozen=True)
class FormatChoice:
    """What is known of a format without opening a codec.

    extensions: the usual one first. most_colors: of a picture.
    """

    help: str
    extensions: tuple[str, ...]
    most_colors: int = MAX_INDEXED


FORMATS = {
    "png": FormatChoice("indexed or gray PNG, true color for more than 256 colors", (".png",), MAX_COLORS),
    "webp": FormatChoice("lossless WebP", (".webp",), MAX_COLORS),
    "gif": FormatChoice("GIF", (".gif",)),
}
# `--format auto` writes all of these and keeps the smallest file, which is nearly always the last one's.
AUTO_FORMATS = ("png", "webp")
# In these, indices may change to pack better: `rate.searches` has a row for each.
LOSSY_FORMATS = ("png", "webp", "gif")


def format_name(format: str) -> str:
    """As a person writes it.

    >>> format_name("webp"), format_name("png")
    ('WebP', 'PNG')
    """
    return {"webp": "WebP"}.get(format, format.upper())


def format_of(extension: str) -> str | None:
    """The format that writes files with this extension (in any case), or None.

    >>> format_of(".PNG"), format_of(".jpg")
    ('png', None)
    """
    return next((name for name, choice in FORMATS.items() if extension.lower() in choice.extensions), None)
