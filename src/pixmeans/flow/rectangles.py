"""From frame to frame, what must be drawn: rectangles, with transparency where pixels stay as they are.

Neighbours that look the same become one frame that stays as long as both. One frame waits until the next one is known,
as in GIF it is the frame before that makes pixels transparent again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Bools, UInt8Array
from ..codecs.animation_writers import AnimationWriter, Rectangle
from ..image import Palette

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


@dataclass(eq=False)
class _Waiting:
    """A frame that is not written yet. shown: (h, w) uint8. drawn: (h, w) which pixels must be written."""

    shown: UInt8Array
    drawn: Bools
    box: Box
    milliseconds: float
    clears: bool = False


class Rectangles:
    """Frames of indices on their way to a writer."""

    def __init__(self, writer: AnimationWriter, palette: Palette) -> None:
        """palette: what indices mean; the writer's may have one more, which keeps pixels."""
        self._writer = writer
        self._alpha = palette.rgba[:, 3]
        self._translucent = bool(((self._alpha > 0) & (self._alpha < 255)).any())
        self._times = Times(writer.unit)
        self._waiting: _Waiting | None = None
        self.milliseconds: list[int] = []  # of the frames that are written

    def add(self, shown: UInt8Array, milliseconds: float) -> None:
        """One more frame: (h, w) uint8, the index of each pixel as it is to be seen. The array is not kept."""
        before = self._waiting
        if before is None:
            everything = np.ones(shown.shape, np.bool_)
            self._waiting = _Waiting(shown.copy(), everything, Box.of(everything), milliseconds)
            return
        drawn = shown != before.shown
        if not drawn.any():
            before.milliseconds += milliseconds
            return
        if self._writer.clears:
            drawn = self._cleared(before, drawn, shown)
        self._write(before)
        self._waiting = _Waiting(shown.copy(), drawn, Box.of(drawn), milliseconds)

    def end(self) -> None:
        """There are no more frames."""
        if self._waiting is not None:
            self._write(self._waiting)
        self._waiting = None

    def _cleared(self, before: _Waiting, drawn: Bools, shown: UInt8Array) -> Bools:
        """What must be drawn where the frame before may have to make its rectangle transparent behind it."""
        visible = self._alpha[shown] > 0
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
        box, keeps = frame.box, self._writer.keeps
        if self._writer.even:
            box = Box(box.top - box.top % 2, box.bottom, box.left - box.left % 2, box.right)
        shown, drawn = frame.shown[box.place], frame.drawn[box.place]
        replaces = not self._writer.clears and bool((self._alpha[shown[drawn]] < 255).any())
        candidates = []
        if replaces or drawn.all():
            candidates.append(shown)
        else:
            if keeps is not None:
                candidates.append(np.where(drawn, shown, np.uint8(keeps)))
            if not self._translucent:  # which would be laid over itself
                candidates.append(shown)
            elif keeps is None:
                candidates, replaces = [shown], not self._writer.clears
        milliseconds = self._times.rounded(frame.milliseconds)
        self.milliseconds.append(milliseconds)
        part = Rectangle(box.left, box.top, tuple(candidates), milliseconds, frame.clears, replaces)
        self._writer.add(part)
