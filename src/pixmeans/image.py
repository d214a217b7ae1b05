"""The nouns: a picture, an animation, a palette, and a picture made of palette indices.

Each is valid when built and frozen afterwards, so nobody checks it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .arrays import Indices, Int16Array, UInt8Array, index_type
from .choices import MAX_COLORS, MAX_INDEXED
from .records import dataclass, field, replace


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same values, contiguous and read-only (a view when the array is contiguous already)."""
    frozen = np.ascontiguousarray(array).view()
    frozen.flags.writeable = False
    return frozen


def count_indices(indices: Indices, k: int) -> npt.NDArray[np.int64]:
    """(k,) int64: how many of these indices are 0, 1, ...; piece by piece, as NumPy makes eight bytes of each."""
    flat = indices.reshape(-1)
    counts = np.zeros(k, np.int64)
    for start in range(0, len(flat), 1 << 20):
        counts += np.bincount(flat[start : start + (1 << 20)], minlength=k)
    return counts


def eight_bits(samples: npt.NDArray[np.uint16]) -> UInt8Array:
    """The nearest bytes, v / 257 rounded, as 257 x 255 = 65535."""
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def with_alpha(pixels: UInt8Array) -> UInt8Array:
    """(..., 3 or 4) uint8 -> (..., 4): opaque where there was no alpha."""
    if pixels.shape[-1] == 4:
        return pixels
    return np.concatenate([pixels, np.full((*pixels.shape[:-1], 1), 255, np.uint8)], axis=-1)


@dataclass(frozen=True)
class Tags:
    """What a file says of a picture beside its pixels, its profile and its dots per inch.

    cicp: primaries, transfer, matrix and range (ITU-T H.273) of values that no profile describes, such as HDR; None
        for all others. aspect: how many pixels there are to a length along x and along y, where only their ratio is
        known. exif, xmp: the blocks without thumbnails, their orientation that of the pixels; None where there is none,
        or they are not asked for. texts: (keyword, text), likewise.
    """

    cicp: tuple[int, int, int, int] | None = None
    aspect: tuple[int, int] | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    texts: tuple[tuple[str, str], ...] = ()


NO_TAGS = Tags()

# How fast values fall below black, where colors have less than no light of a primary. sRGB's curve is as steep at a
# twelfth of white; at black itself it is six times steeper, which would make much of little.
BELOW_BLACK = 2.0


@dataclass(frozen=True, eq=False)
class Image:
    """A picture in memory: sRGB with straight alpha, its EXIF orientation already applied.

    pixels: (h, w, 3 or 4) uint8, h and w at least 1; the fourth channel is alpha, 255 is opaque.
    icc: the profile the values are kept in, or None for sRGB.
    dpi: dots per inch (x, y), or None when the source did not say.
    rest: (h, w, 3) int16, how far red, green and blue as they were read are above `pixels`, in 65535ths of white: what
        16-bit samples have beyond 257 times the pixel, and how far a color of another space lies outside sRGB: above
        white on sRGB's curve, below black by `BELOW_BLACK` times the light. None where the pixels hold everything.
    tags: what the source says beside its pixels.
    """

    pixels: UInt8Array
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    rest: Int16Array | None = field(default=None, repr=False)
    tags: Tags = field(default=NO_TAGS, repr=False)

    def __post_init__(self) -> None:
        pixels = np.asarray(self.pixels)
        if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or 0 in pixels.shape:
            raise ValueError(f"pixels must have shape (h, w, 3 or 4) with h, w >= 1, got {pixels.shape}")
        if pixels.dtype != np.uint8:
            raise ValueError(f"pixels must be uint8, got {pixels.dtype}")
        object.__setattr__(self, "pixels", _frozen(pixels))
        if self.rest is not None:
            rest = np.asarray(self.rest)
            if rest.shape != (*pixels.shape[:2], 3) or rest.dtype != np.int16:
                raise ValueError(f"rest must be int16 of shape {(*pixels.shape[:2], 3)}, got {rest.dtype} {rest.shape}")
            object.__setattr__(self, "rest", _frozen(rest))

    @classmethod
    def of_16_bits(
        cls,
        samples: npt.NDArray[np.uint16],
        icc: bytes | None = None,
        dpi: tuple[float, float] | None = None,
    ) -> Image:
        """A picture of (h, w, 3 or 4) uint16 samples, 0 to 65535.

        >>> image = Image.of_16_bits(np.full((1, 1, 3), 1000, np.uint16))
        >>> image.pixels.tolist(), image.rest.tolist()  # 1000 = 257 * 4 - 28
        ([[[4, 4, 4]]], [[[-28, -28, -28]]])
        """
        pixels = eight_bits(samples)
        rest = (samples[..., :3].astype(np.int32) - 257 * pixels[..., :3].astype(np.int32)).astype(np.int16)
        return cls(pixels, icc, dpi, rest if bool(rest.any()) else None)

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return self.pixels.shape[1]

    @property
    def has_alpha(self) -> bool:
        """Whether there is an alpha channel (it may still be opaque everywhere)."""
        return self.pixels.shape[2] == 4

    @cached_property
    def is_opaque(self) -> bool:
        """Whether every pixel is opaque; asked of the pixels once."""
        return not self.has_alpha or bool((self.pixels[..., 3] == 255).all())

    def without_opaque_alpha(self) -> Image:
        """The same picture, without its alpha channel if every pixel is opaque."""
        if self.has_alpha and self.is_opaque:
            return replace(self, pixels=self.pixels[..., :3])
        return self


@dataclass(frozen=True, eq=False)
class Animation:
    """Pictures that follow each other.

    frames: at least one, all of one size; milliseconds: for how long each is shown, 0 or more, one a frame.
    plays: how often all of them are shown; 0 is forever.
    """

    frames: tuple[Image, ...] = field(repr=False)
    milliseconds: tuple[float, ...]
    plays: int = 0

    def __post_init__(self) -> None:
        frames, times = tuple(self.frames), tuple(map(float, self.milliseconds))
        if not frames or len(frames) != len(times):
            raise ValueError(f"there must be one time a frame, and one frame or more: {len(frames)} and {len(times)}")
        sizes = {(frame.width, frame.height) for frame in frames}
        if len(sizes) > 1:
            raise ValueError(f"frames must have one size, got {sorted(sizes)[:3]}")
        if not all(0 <= time < 1e9 for time in times) or self.plays < 0:
            raise ValueError("milliseconds must be 0 or more, and plays too")
        object.__setattr__(self, "frames", frames)
        object.__setattr__(self, "milliseconds", times)

    def __len__(self) -> int:
        return len(self.frames)


@dataclass(frozen=True, eq=False)
class Palette:
    """At most 65,536 colors in a fixed order; what somebody gave may hold a color twice.

    colors: (k, 3 or 4) uint8, 1 <= k <= 65536, sRGB with straight alpha. Up to 256 fit an indexed file.
    weights: (k,) how many pixels use each entry, or None when unknown.
    """

    colors: UInt8Array
    weights: npt.NDArray[np.int64] | None = field(default=None)

    def __post_init__(self) -> None:
        colors = np.asarray(self.colors)
        if colors.ndim != 2 or colors.shape[1] not in (3, 4) or not 1 <= len(colors) <= MAX_COLORS:
            raise ValueError(f"colors must have shape (1 to {MAX_COLORS}, 3 or 4), got {colors.shape}")
        if colors.dtype != np.uint8:
            raise ValueError(f"colors must be uint8, got {colors.dtype}")
        object.__setattr__(self, "colors", _frozen(colors))
        if self.weights is not None:
            weights = np.asarray(self.weights, np.int64)
            if weights.shape != (len(colors),):
                raise ValueError(f"weights must have shape ({len(colors)},), got {weights.shape}")
            object.__setattr__(self, "weights", _frozen(weights))

    def __len__(self) -> int:
        return len(self.colors)

    @property
    def has_alpha(self) -> bool:
        """Whether any entry is less than opaque."""
        return self.colors.shape[1] == 4 and bool((self.colors[:, 3] < 255).any())

    @cached_property
    def rgba(self) -> UInt8Array:
        """(k, 4) uint8: the colors with alpha, 255 where there was none."""
        return with_alpha(self.colors)

    @property
    def hex(self) -> list[str]:
        """CSS notation: '#rrggbb', or '#rrggbbaa' where an entry is not opaque."""
        return ["#" + bytes(c if c[3] < 255 else c[:3]).hex() for c in self.rgba]

    @property
    def shares(self) -> npt.NDArray[np.float64] | None:
        """(k,) the share of the pixels that use each entry, summing to 1; None when unknown."""
        if self.weights is None:
            return None
        return self.weights / max(1, int(self.weights.sum()))

    def to_css(self, names: Sequence[str] | None = None) -> str:
        """The colors as custom properties --color-1, --color-2, ... of :root, with their shares as comments.

        names: what each color is called, for the comments, as `color_names` tells. Raises ValueError.
        """
        shares, names = self.shares, self._checked(names)
        lines = [":root {"]
        for index, name in enumerate(self.hex):
            told = [] if names is None else [names[index]]
            told += [] if shares is None else [f"{100 * float(shares[index]):.1f} %"]
            remark = f" /* {', '.join(told)} */" if told else ""
            lines.append(f"  --color-{index + 1}: {name};{remark}")
        return "\n".join([*lines, "}"]) + "\n"

    def to_gpl(self, names: Sequence[str] | None = None) -> str:
        """The colors as a palette of GIMP, Inkscape and Krita; it has no alpha.

        names: what each color is called there; by default its hex. Raises ValueError.
        """
        names = self._checked(names)
        lines = ["GIMP Palette", "Name: pixmeans", f"Columns: {min(16, len(self))}", "#"]
        for name, (red, green, blue, _) in zip(names or self.hex, self.rgba.tolist(), strict=True):
            lines.append(f"{red:3d} {green:3d} {blue:3d}\t{name}")
        return "\n".join(lines) + "\n"

    def _checked(self, names: Sequence[str] | None) -> Sequence[str] | None:
        """Names that can stand in a line of a palette's file. Raises ValueError."""
        if names is None:
            return None
        if len(names) != len(self):
            raise ValueError(f"there must be one name a color, {len(self)}, got {len(names)}")
        for name in names:
            if not name.isprintable() or "*/" in name:
                raise ValueError(f"a name must be one line of printable text without */, got {name!r}")
        return names

    def as_cmap(self) -> Any:
        """The colors, in their order, as a Matplotlib colormap of that many steps."""
        from matplotlib.colors import ListedColormap

        return ListedColormap(self.rgba / 255.0)

    def counted(self, indices: Indices) -> Palette:
        """The same entries, with how many of these indices are each."""
        return Palette(self.colors, count_indices(indices, len(self)))

    def reordered(self, order: npt.NDArray[np.intp]) -> Palette:
        """The same entries, entry `order[i]` at place i."""
        return Palette(self.colors[order], None if self.weights is None else self.weights[order])


@dataclass(frozen=True, eq=False)
class IndexedImage:
    """A picture as a palette and one index a pixel.

    palette: the colors.
    indices: (h, w), each below len(palette): uint8 for a palette of up to 256 colors, uint16 for a larger one.
    in_order: whether files must hold the palette in this order, with every entry.
    """

    palette: Palette
    indices: Indices
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    tags: Tags = field(default=NO_TAGS, repr=False)
    in_order: bool = False

    def __post_init__(self) -> None:
        indices = np.asarray(self.indices)
        wanted = np.dtype(index_type(len(self.palette)))
        if indices.ndim != 2 or 0 in indices.shape or indices.dtype != wanted:
            raise ValueError(
                f"indices into {len(self.palette)} colors must be (h, w) {wanted}, "
                f"got {indices.dtype} of shape {indices.shape}"
            )
        if int(indices.max()) >= len(self.palette):
            raise ValueError(f"index {int(indices.max())} is outside a palette of {len(self.palette)} colors")
        object.__setattr__(self, "indices", _frozen(indices))

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return self.indices.shape[0]

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return self.indices.shape[1]

    @property
    def bits(self) -> int:
        """Bits an index takes in an indexed PNG: 1, 2, 4 or 8; 16 where the palette is too large for one."""
        return next(bits for bits in (1, 2, 4, 8, 16) if len(self.palette) <= 1 << bits)

    @property
    def byte_indices(self) -> UInt8Array:
        """(h, w) uint8: the indices, for what holds no others. Raises ValueError for more than 256 colors."""
        if len(self.palette) > MAX_INDEXED:
            raise ValueError(f"there must be at most {MAX_INDEXED} colors, got {len(self.palette)}")
        return self.indices.astype(np.uint8, copy=False)

    @property
    def has_alpha(self) -> bool:
        """Whether some entry is not opaque."""
        return self.palette.has_alpha

    def without_opaque_alpha(self) -> IndexedImage:
        """The same picture, without alpha if every pixel is opaque."""
        if not self.has_alpha or not bool((self.palette.rgba[:, 3] == 255)[self.indices].all()):
            return self
        return replace(self, palette=Palette(self.palette.rgba[:, :3]))

    def to_image(self) -> Image:
        """The picture this stands for."""
        colors = self.palette.rgba if self.palette.has_alpha else self.palette.rgba[:, :3]
        return Image(np.ascontiguousarray(colors)[self.indices], self.icc, self.dpi, tags=self.tags)
