"""From frame to frame, what must be drawn: rectangles, with transparency where pixels stay as they are.

Neighbors that look the same become one frame that stays as long as both. One frame waits until the next one is known,
as in GIF it is the frame before that makes pixels transparent again.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, UInt8Array
from ..codecs.animation_writers import AnimationWriter, ColorTable, Rectangle
from ..image import Palette
from ..records import dataclass

# GIF: browsers show frames of at most 10 ms for 100. What was meant to be longer gets 20 at least.
SHORTEST = 20


@dataclass(frozen=True)
class Box:
    """Rows and columns, the second of each beyond the last."""

    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def of(cls, flags: Bools) -> Box:
        """The smallest around all that is set, of which there must be something."""
        rows, columns = np.flatnonzero(flags.any(axis=1)), np.flatnonzero(flags.any(axis=0))
        return cls(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)

    def with_(self, other: Box) -> Box:
        """The smallest around both."""
        return Box(
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
        )

    def wider(self, margin: int, height: int, width: int) -> Box:
        """So many pixels more on each side, within a picture."""
        return Box(
            max(self.top - margin, 0),
            min(self.bottom + margin, height),
            max(self.left - margin, 0),
            min(self.right + margin, width),
        )

    @property
    def place(self) -> tuple[slice, slice]:
        """As an index of arrays."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


class Times:
    """Milliseconds in whole units of a format. What rounding takes from a frame goes to the next, half a unit at most.

    >>> times = Times(10)
    >>> [times.rounded(one) for one in (33.3, 33.3, 33.3, 16.7, 0)]
    [30, 40, 30, 20, 0]
    """

    def __init__(self, unit: int) -> None:
        self.unit, self._carry = unit, 0.0

    def rounded(self, milliseconds: float) -> int:
        """A multiple of the unit, nearer than one unit."""
        unit = self.unit
        if milliseconds == 0:
            return 0
        wanted = milliseconds + self._carry
        found = max(unit * int(np.floor(wanted / unit + 0.5)), 0 if milliseconds < unit / 2 else unit)
        if unit > 1 and milliseconds >= 1.5 * unit:
            found = max(found, SHORTEST)
        self._carry = float(np.clip(wanted - found, -unit / 2, unit / 2))
        return found


@dataclass(frozen=True, eq=False)
class Shown:
    """A frame as it is to be seen.

    colors: (h, w, 4) uint8; what is transparent is 0. table: the colors that this frame may draw. indices: (h, w)
    uint8 of the table, where `has` is set: elsewhere the table has not the color that is seen.
    """

    colors: UInt8Array
    table: ColorTable
    indices: UInt8Array
    has: Bools

    @property
    def codes(self) -> npt.NDArray[np.uint32]:
        """(h, w) uint32: a number for each color."""
        return self.colors.view(np.uint32)[..., 0]


@dataclass(eq=False)
class _Waiting:
    """A frame that is not written yet. drawn: (h, w) which pixels must be written."""

    shown: Shown
    drawn: Bools
    box: Box
    milliseconds: float
    clears: bool = False


class Rectangles:
    """Frames on their way to a writer."""

    def __init__(self, writer: AnimationWriter) -> None:
        self._writer = writer
        self._times = Times(writer.unit)
        self._waiting: _Waiting | None = None
        self.milliseconds: list[int] = []  # of the frames that are written
        self.palettes: list[Palette] = []  # likewise: the colors that each may draw

    def add(self, shown: Shown, milliseconds: float) -> None:
        """One more frame. Nobody may write into its arrays."""
        before = self._waiting
        if before is None:
            everything = np.ones(shown.indices.shape, np.bool_)
            self._waiting = _Waiting(shown, everything, Box.of(everything), milliseconds)
            return
        drawn = shown.codes != before.shown.codes
        if not drawn.any():
            before.milliseconds += milliseconds
            return
        if self._writer.clears:
            drawn = self._cleared(before, drawn, shown)
        self._write(before)
        self._waiting = _Waiting(shown, drawn, Box.of(drawn), milliseconds)

    def end(self) -> None:
        """There are no more frames."""
        if self._waiting is not None:
            self._write(self._waiting)
        self._waiting = None

    def drawn_anew(self, transparent: Bools) -> Bools | None:
        """(h, w) the pixels that the next frame must draw though they stay, if these become transparent in it.

        None for none: only where the frame before makes its rectangle transparent behind it.
        """
        if not self._writer.clears or self._waiting is None:
            return None
        visible = self._waiting.shown.colors[..., 3] > 0
        vanishing = transparent & visible
        if not vanishing.any():
            return None
        inside = np.zeros(vanishing.shape, np.bool_)
        inside[self._waiting.box.with_(Box.of(vanishing)).place] = True
        return inside & visible & ~transparent

    def _cleared(self, before: _Waiting, drawn: Bools, shown: Shown) -> Bools:
        """What must be drawn where the frame before may have to make its rectangle transparent behind it."""
        visible = shown.colors[..., 3] > 0
        vanishing = drawn & ~visible
        if not vanishing.any():
            return drawn
        before.clears, before.box = True, before.box.with_(Box.of(vanishing))
        inside = np.zeros(drawn.shape, np.bool_)
        inside[before.box.place] = True
        drawn = (drawn | inside) & visible
        if not drawn.any():
            drawn[before.box.top, before.box.left] = True  # a frame cannot be empty
        return drawn

    def _write(self, frame: _Waiting) -> None:
        box, shown, writer = frame.box, frame.shown, self._writer
        if writer.even:
            box = Box(box.top - box.top % 2, box.bottom, box.left - box.left % 2, box.right)
        table, place = shown.table, box.place
        indices, drawn, has = shown.indices[place], frame.drawn[place], shown.has[place]
        alpha = shown.colors[place][..., 3]
        replaces = not writer.clears and bool((alpha[drawn] < 255).any())
        soft = bool(((alpha > 0) & (alpha < 255)).any())  # which would be laid over itself
        candidates: list[UInt8Array] = []
        pixels: UInt8Array | None = None
        if not replaces and not drawn.all() and table.keeps is not None:
            keeps = np.uint8(table.keeps)
            candidates.append(np.where(drawn, indices, keeps))
            if not soft:
                candidates.append(np.where(has, indices, keeps))
        elif has.all():
            candidates.append(indices)
            replaces |= soft and not writer.clears and not bool(drawn.all())
        else:  # the whole rectangle is written, in more colors than the table has
            pixels, replaces = np.ascontiguousarray(shown.colors[place]), True
        milliseconds = self._times.rounded(frame.milliseconds)
        self.milliseconds.append(milliseconds)
        self.palettes.append(table.palette)
        own = None if table is writer.table else table
        writer.add(Rectangle(box.left, box.top, tuple(candidates), milliseconds, frame.clears, replaces, own, pixels))
