"""The searches for lossy indices: one row a format that has one. Their names stand in `choices.LOSSY_FORMATS`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ..arrays import Bools
from ..records import dataclass
from .lz77 import Lz77Scene
from .scene import RateAware, Scene

if TYPE_CHECKING:
    from .lzw import LzwScene


@dataclass(frozen=True)
class Search:
    """How indices that pack well in a format are found.

    scene: makes a picture as the search sees it; formats of one kind of scene share it.
    indices: (scene, colors, indices, lambda_, *, frozen, diffusion, effort, soft) -> palette and indices, as
        `Lz77Scene.indices`.
    lambda_share: the lambda to begin with, as a share of the error that k-means leaves: where colors are near each
        other, errors of lossy indices must be small too.
    """

    scene: Callable[..., Scene]
    indices: Callable[..., RateAware]
    lambda_share: float


def _lzw_scene(*args: Any, **options: Any) -> LzwScene:
    from .lzw import LzwScene  # only now: few write GIF

    return LzwScene(*args, **options)


def _lzw(scene: LzwScene, *args: Any, frozen: Bools | None, soft: bool, **options: Any) -> RateAware:
    """`LzwScene.indices`, in which every entry keeps its color, frozen or not, and no pixel is translucent."""
    return scene.indices(*args, **options)


SEARCHES = {
    "png": Search(Lz77Scene, partial(Lz77Scene.indices, format="png"), lambda_share=0.16),
    "webp": Search(Lz77Scene, partial(Lz77Scene.indices, format="webp"), lambda_share=0.16),
    "gif": Search(_lzw_scene, _lzw, lambda_share=0.11),
}
