"""What belongs to the rows of a picture: kept for small ones, made when it is asked for of large ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..color.masking import BAND
from ..parallel import each

T = TypeVar("T", np.int16, np.uint16)

# Up to so many pixels, such as those of a sample of a large picture, it is kept.
KEPT_PIXELS = 1 << 22


def by_rows(make: Callable[[slice], npt.NDArray[T]], height: int, width: int) -> Callable[[slice], npt.NDArray[T]]:
    """What is made of some rows, as a function of them; of small pictures, which are asked for often, made once.

    make: of a slice of rows with a start and a stop -> an array whose first axis is these rows.
    """
    if height * width > KEPT_PIXELS:
        return make
    whole = each(make, [slice(top, min(top + BAND, height)) for top in range(0, height, BAND)])
    kept = whole[0] if len(whole) == 1 else np.concatenate(whole)
    return lambda rows: kept[rows]
