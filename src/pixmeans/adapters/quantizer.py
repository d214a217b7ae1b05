"""The colors of pictures as a transformer in the manner of scikit-learn (which need not be installed)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ..arrays import Indices, UInt8Array, as_array, as_picture, index_type, is_array_like, is_pillow
from ..choices import MAX_COLORS, SPACES
from ..clustering.estimators import KMeans, matrix_of, merged_rows
from ..clustering.parameters import Estimator, check_random_state, check_whole, seed_of
from ..clustering.points import Points
from ..errors import SettingsError
from ..flow.result import in_container
from ..flow.source import Source, open_source
from ..image import Image, Palette
from ..pipeline import quantize, remapped
from ..records import dataclass, replace
from ..settings import Settings

OUTPUTS = ("colors", "indices")


class ColorQuantizer(Estimator):
    """Finds the colors that stand for all others, and replaces others by them.

    n_colors: at most so many, 1 to 65,536, and at least 2 for colors of which some are transparent. space: where
    distances are measured: 'rgb' (the numbers as they are) or 'oklab' (as the eye sees them; of uint8 colors alone).
    n_init: starts to try, at least 1; the best is kept. random_state: the seed, a generator of NumPy that gives one, or
    None, which is 0. output: what `transform` gives, 'colors' or 'indices'.

    X is one of

    - pixels: (n, d) numbers, one row a pixel, of any d and any units. It is always rows that two dimensions are: a
      gray picture is given as (h, w, 1);
    - a picture: (h, w, d), or what `compress` takes: a path, bytes, a file, a PIL image;
    - a list or tuple of pictures, of any sizes.

    Rows of 3 or 4 uint8 are colors, sRGB with straight alpha, and get 8-bit colors. Other numbers are clustered as
    they are, and get their means.

    After `fit`: cluster_centers_ (k, d) the colors in X's units, k at most n_colors and at most the distinct rows;
    inertia_ (sum of squared distances of the rows from their colors, in X's units); n_features_in_.

    >>> model = ColorQuantizer(2).fit([[0.0], [1.0], [10.0], [11.0]])
    >>> model.transform([[2.0], [9.0]]).tolist(), model.inertia_
    ([[0.5], [10.5]], 1.0)
    """

    cluster_centers_: npt.NDArray[Any]
    inertia_: float
    n_features_in_: int

    def __init__(
        self,
        n_colors: int = 16,
        *,
        space: str = "rgb",
        n_init: int = 1,
        random_state: Any = 0,
        output: str = "colors",
    ) -> None:
        self.n_colors = n_colors
        self.space = space
        self.n_init = n_init
        self.random_state = random_state
        self.output = output

    def fit(self, X: Any, y: object = None) -> Self:
        """Finds the colors of X. y is ignored. Raises ValueError, for parameters of the constructor too; InputError."""
        self._check_parameters()
        rows = self._rows(X, fitting=True).values
        if _are_colors(rows):
            self.cluster_centers_ = self._colors_of(rows)
        else:
            self.cluster_centers_ = self._means_of(rows)
        self.inertia_ = self._squared(rows)
        return self

    def transform(self, X: Any) -> Any:
        """The color of each row or pixel in X's shape and container, or its index, as `output` says.

        Indices are (n,), or (h, w) of a picture, uint8 for up to 256 colors and uint16 for more.
        """
        self.check_fitted()
        found = self._rows(X)
        indices = self._indices(found.values)
        if self.output == "indices":
            return found.split(indices)
        return found.in_containers(self.cluster_centers_[indices])

    def fit_transform(self, X: Any, y: object = None) -> Any:
        """`fit`, then `transform` of the same."""
        return self.fit(X).transform(X)

    def inverse_transform(self, X: Any) -> Any:
        """The colors of what `transform` has given: of indices (of any shape, or a list), shape (..., d); colors stay.

        Raises ValueError for indices that there are not.
        """
        self.check_fitted()
        if self.output == "colors":
            return X
        if isinstance(X, (list, tuple)) and any(is_array_like(one) and np.ndim(one) for one in X):
            return [self.inverse_transform(one) for one in X]
        indices = np.asarray(X)
        if indices.dtype.kind not in "ui":
            raise ValueError(f"indices must be whole numbers, got {indices.dtype}")
        k = len(self.cluster_centers_)
        if indices.size and (indices.min() < 0 or indices.max() >= k):
            raise ValueError(f"indices must be 0 to {k - 1}, got {indices.min()} to {indices.max()}")
        return self.cluster_centers_[indices]

    def score(self, X: Any, y: object = None) -> float:
        """Minus the mean squared distance of the rows of X from their colors, in X's units: the higher the better."""
        self.check_fitted()
        rows = self._rows(X).values
        return -self._squared(rows) / len(rows)

    def _check_parameters(self) -> None:
        check_whole("n_colors", self.n_colors, 1)
        if self.n_colors > MAX_COLORS:
            raise ValueError(f"n_colors must be 1 to {MAX_COLORS}, got {self.n_colors}")
        if self.space not in SPACES:
            raise ValueError(f"space must be one of {', '.join(SPACES)}, got {self.space!r}")
        check_whole("n_init", self.n_init, 1)
        check_random_state(self.random_state)
        if self.output not in OUTPUTS:
            raise ValueError(f"output must be one of {', '.join(OUTPUTS)}, got {self.output!r}")

    def _rows(self, X: Any, *, fitting: bool = False) -> _Rows:
        """X as rows, checked."""
        found = _read(X)
        if _are_colors(found.values):
            d = found.values.shape[1]
            if fitting:
                self.n_features_in_ = d
            elif d != self.n_features_in_:
                kind, wanted = type(self).__name__, self.n_features_in_
                raise ValueError(f"X has {d} features, but {kind} is expecting {wanted} features as input")
            return found
        if self.space != "rgb":
            raise ValueError(f"space {self.space!r} is for uint8 colors; other numbers have space 'rgb'")
        return replace(found, values=matrix_of(self, found.values, fitting=fitting))

    def _settings(self) -> Settings:
        return Settings(
            k=int(self.n_colors),
            space=self.space,
            masking="off",
            protect="off",
            dither="none",
            n_init=int(self.n_init),
            seed=seed_of(self.random_state),
        )

    def _colors_of(self, rows: UInt8Array) -> UInt8Array:
        palette = quantize(_line(rows), self._settings()).palette
        return np.array(palette.rgba if rows.shape[1] == 4 else palette.colors[:, :3])

    def _means_of(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        points, _ = merged_rows(rows, None)
        k = min(int(self.n_colors), len(points))
        model = KMeans(k, n_init=int(self.n_init), random_state=seed_of(self.random_state))
        return model.fit(points.values, sample_weight=points.weights).cluster_centers_

    def _indices(self, rows: npt.NDArray[Any]) -> Indices:
        """(n,) the nearest color of each row."""
        centers = self.cluster_centers_
        if not (_are_colors(rows) and centers.dtype == np.uint8):
            labels, _ = Points(np.ascontiguousarray(rows, np.float64)).assign(centers.astype(np.float64))
            return labels.astype(index_type(len(centers)))
        settings = self._settings().but(k=len(centers))
        indices = remapped(Source(_line(rows)), Palette(centers), settings).indices[0]
        if int(indices.max()) >= len(centers):  # transparent rows, and no such color: the faintest is nearest
            indices = np.where(indices < len(centers), indices, centers[:, 3].argmin())
        return indices.astype(index_type(len(centers)))

    def _squared(self, rows: npt.NDArray[Any]) -> float:
        difference = rows - self.cluster_centers_[self._indices(rows)].astype(np.float64)
        return float(np.add.reduce(difference * difference, axis=None))

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn wants to know; it is only asked when scikit-learn is there."""
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(preserves_dtype=[]),
            input_tags=InputTags(three_d_array=True),
        )


@dataclass(frozen=True, eq=False)
class _Rows:
    """What X held, one row a pixel.

    values: (n, d), or a table with such columns. shapes: of each picture (h, w), or (n,) of rows. containers: of each
    picture, 'array' or 'pil'. many: whether X is a list of pictures.
    """

    values: Any
    shapes: tuple[tuple[int, ...], ...]
    containers: tuple[str, ...]
    many: bool = False

    def split(self, values: npt.NDArray[Any]) -> Any:
        """(n, ...) values as those of each picture, in its shape; as a list if X was one."""
        ends = np.cumsum([np.prod(shape, dtype=np.int64) for shape in self.shapes])
        parts = np.split(values, ends[:-1])
        shaped = [part.reshape(*shape, *part.shape[1:]) for part, shape in zip(parts, self.shapes, strict=True)]
        return shaped if self.many else shaped[0]

    def in_containers(self, values: npt.NDArray[Any]) -> Any:
        """The same, as pictures of the kind that came in."""
        found = self.split(values)
        pictures = [
            one if kind == "array" else in_container(Image(one), kind)
            for one, kind in zip(found if self.many else [found], self.containers, strict=True)
        ]
        return pictures if self.many else pictures[0]


def _are_colors(rows: Any) -> bool:
    return isinstance(rows, np.ndarray) and rows.dtype == np.uint8 and rows.ndim == 2 and rows.shape[1] in (3, 4)


def _line(rows: UInt8Array) -> Image:
    """Rows as a picture of one line."""
    return Image(rows[None])


def _is_picture(value: Any) -> bool:
    """Whether it is one picture, and neither rows nor many pictures."""
    if isinstance(value, (str, os.PathLike, bytes, bytearray, memoryview, Image)):
        return True
    if hasattr(value, "read") or is_pillow(value):
        return True
    return is_array_like(value) and as_array(value).ndim == 3


def _read(X: Any) -> _Rows:
    """The rows of pixels, of a picture, or of many. Raises ValueError, InputError."""
    if _is_picture(X):
        return _picture(X)
    if isinstance(X, Sequence) and len(X) and all(map(_is_picture, X)):
        return _joined([_picture(one) for one in X])
    rows = as_array(X) if is_array_like(X) and not hasattr(X, "columns") else X  # a table's columns have names
    shape = np.shape(rows)
    return _Rows(rows, (shape[:1],), ("array",))


def _picture(value: Any) -> _Rows:
    if is_array_like(value) and not is_pillow(value):
        array = as_picture(value)
        if 0 in array.shape:
            raise ValueError(f"Found array with 0 sample(s) (shape={array.shape}) while a minimum of 1 is required.")
        return _Rows(array.reshape(-1, array.shape[2]), (array.shape[:2],), ("array",))
    opened = open_source(value, Settings())
    pixels = opened.image.pixels
    return _Rows(pixels.reshape(-1, pixels.shape[2]), (pixels.shape[:2],), (opened.container,))


def _joined(pictures: list[_Rows]) -> _Rows:
    """Many pictures one after the other; colors without alpha are opaque where others have alpha."""
    widths = {one.values.shape[1] for one in pictures}
    kinds = {one.values.dtype for one in pictures}
    if len(kinds) > 1 or not (len(widths) == 1 or (widths == {3, 4} and kinds == {np.dtype(np.uint8)})):
        raise SettingsError(
            f"pictures must be of one kind, got {sorted(map(str, kinds))} with {sorted(widths)} channels"
        )
    rows = []
    for one in pictures:
        opaque = np.full((len(one.values), max(widths) - one.values.shape[1]), 255, one.values.dtype)
        rows.append(np.hstack([one.values, opaque]))
    return _Rows(
        np.concatenate(rows),
        tuple(one.shapes[0] for one in pictures),
        tuple(one.containers[0] for one in pictures),
        many=True,
    )
