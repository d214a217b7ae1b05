"""One picture with one set of settings: its palette, its indices, plain or lossy, and its file."""

from __future__ import annotations

from functools import cache, cached_property, partial
from math import sqrt
from typing import Any

import numpy as np

from .. import codecs, metrics
from ..arrays import Indices, UInt8Array
from ..color.spaces import SPACES
from ..errors import SettingsError
from ..image import IndexedImage, Palette
from ..quantize.color_bits import shown_colors
from ..quantize.given import in_given_order
from ..quantize.palette_design import DesignedPalette, OnStep, design_palette
from ..quantize.prepared import PreparedImage
from ..quantize.remap import remap
from ..rate.multiplier import expected_lambda, largest_lambda
from ..rate.scene import RateAware
from ..records import dataclass, field, replace
from ..settings import Settings
from .hidden import HiddenColors, hidden_colors
from .judge import Judge, Limit, Sample, Verdict
from .look import SMALL_PIXELS, share_of_bytes, surely_smaller
from .lossy_picture import LossyParts, LossyPicture, LossyStart
from .stopwatch import Stopwatch

# From --optimize 2 up the search for the lambda of a point begins with the format's share of the error that k-means
# leaves (see `rate.searches` and `rate.multiplier`; docs/targets.md has what it finds). Below, nothing is measured:
# lambda is then UNMEASURED of it, falling with the root of k, as errors are easier to see with few colors.
UNMEASURED = 0.3

# Files that are only compared are written with no more effort than this; but small pictures, where effort costs little
# and changes which one is the smallest, with all of it.
QUICK = 1
QUICK_FROM = 1 << 15

# From this effort up what lossy indices lose is measured.
MEASURED_FROM = 2

# A lossy file that is larger than this share of the plain one is not worth what it loses.
LARGEST_SHARE = 0.99

# Pictures of which this share is flat, and small ones, are tried without dithering, too. That is kept if it is smaller
# and loses no more than this part of what lossy indices may lose. Where no alpha is soft, these add nothing then.
FLAT_SHARE = 0.6
UNSEEN_LOSS = 0.25

# Pictures of at most so many pixels show no bands: undithered they may lose as much as lossy indices may elsewhere. Of
# 45 with 64 x 64 lossy indices took 5 % off the bytes for half a point, in most of the time: these have none.
ICON_PIXELS = 64 * 64

# In flat pictures the lambda of a point is usually 4 to 8 times as large as in photos.
FLAT_LAMBDA = 4.0

# Of narrow pictures so many mirrored pixels may be measured for each of their own in the search for lossy indices.
MIRRORED_TO_OWN = 16

# What is lost in a sample is taken for so many times as much: on four photos of 10 megapixels the whole lost up to 0.2
# points more.
SAMPLE_MARGIN = 1.25


@dataclass(frozen=True, eq=False)
class IndexedResult:
    """A picture as palette and indices.

    mse: mean over pixels of the squared error summed over R, G, B, of the picture as it was read. lambda_: the
    multiplier of bits of lossy indices, in squared OKLab distance; None where each pixel has its own color.
    """

    indexed: IndexedImage
    mse: float
    lambda_: float | None = None


@dataclass(frozen=True, eq=False)
class EncodedImage:
    """What came of an attempt: its file, how it was made, and with what effort it was written."""

    settings: Settings
    design: DesignedPalette
    result: IndexedResult
    format: str
    data: bytes
    encoder_effort: int


@dataclass(eq=False)
class _Shared:
    """What all attempts at one picture have in common: palettes depend on few of the settings."""

    prepared: PreparedImage
    clock: Stopwatch
    judge: Judge
    original: Judge
    hidden: HiddenColors | None
    designs: dict[tuple[Any, ...], DesignedPalette] = field(default_factory=dict)
    lossy: LossyParts = field(default_factory=LossyParts)


class Attempt:
    """A picture with one set of settings. Each part is made when it is first asked for.

    palette: which colors. plain: the nearest or dithered indices. file: the smallest file that these settings allow.
    """

    def __init__(
        self,
        prepared: PreparedImage,
        settings: Settings,
        clock: Stopwatch | None = None,
        *,
        on_step: OnStep | None = None,
    ) -> None:
        """on_step: is handed every half-step of k-means."""
        self.settings = settings = settings.settled()
        self.is_last = False
        small = prepared.image.width * prepared.image.height <= QUICK_FROM
        self.encoder_effort = settings.optimize if small else min(settings.optimize, QUICK)
        self._on_step = on_step
        # Indices are compared with what they can be, and results with what was read.
        judge = Judge(replace(prepared.image, rest=None))
        original = Judge(prepared.original) if prepared.is_reduced else judge
        hidden = None
        if settings.keep_hidden_colors and not all(codecs.FORMATS[format].hard_alpha for format in settings.formats):
            hidden = hidden_colors(prepared, settings)
            if hidden is not None and prepared.given is None:  # one entry is there for transparency in any case
                self.settings = settings.but(k=settings.k + 1 - len(hidden))
        self._shared = _Shared(prepared, clock or Stopwatch(), judge, original, hidden)

    def but(self, settings: Settings, *, encoder_effort: int | None = None, is_last: bool = False) -> Attempt:
        """An attempt at the same picture with other settings; what does not depend on them is not made again.

        encoder_effort: of writing files, where it is not that of this attempt. is_last: nothing but its file is wanted
        any more, so what only served to choose indices is let go before that is written.
        """
        other = Attempt.__new__(Attempt)
        other.settings = settings
        other.is_last = is_last
        other.encoder_effort = self.encoder_effort if encoder_effort is None else encoder_effort
        other._on_step = self._on_step
        other._shared = self._shared
        return other

    @property
    def prepared(self) -> PreparedImage:
        """The picture."""
        return self._shared.prepared

    @property
    def judge(self) -> Judge:
        """What indices are measured with: the picture of 8 bits and settled alpha."""
        return self._shared.judge

    @property
    def original(self) -> Judge:
        """What results are measured with: the picture as it was read."""
        return self._shared.original

    @property
    def clock(self) -> Stopwatch:
        """Seconds by stage, of all attempts together."""
        return self._shared.clock

    @property
    def palette(self) -> DesignedPalette:
        """Which colors the picture gets: histogram -> points -> k-means."""
        key = self.settings.of_palette()
        if key not in self._shared.designs:
            with self.clock("k-means"):
                self._shared.designs[key] = design_palette(self.prepared, self.settings, self._on_step)
        return self._shared.designs[key]

    @cached_property
    def plain(self) -> IndexedResult:
        """The nearest or dithered entry of each pixel; exact where the picture's colors fit the palette."""
        image, histogram, design = self.prepared.image, self.prepared.histogram, self.palette
        with self.clock("remap"):
            if self._is_undithered:
                indices = remap(image.pixels, histogram, design.labels, len(design.palette))
                if self.prepared.is_reduced:
                    mse = self._mse(IndexedImage(design.palette, indices))
                else:
                    mse = metrics.mse(histogram, design.palette.colors, design.labels)
                return IndexedResult(self._indexed(design.palette, indices), mse)
            return self._measured(self._mixing_colors, self._dithered(None))

    @property
    def _is_undithered(self) -> bool:
        return self.settings.dither == "none" or self.settings.diffusion == 0 or self.palette.exact

    @cached_property
    def _plain_sample(self) -> IndexedImage:
        """Plain indices of the rows that are measured.

        Where the whole of a large picture is seldom needed, only these rows are dithered: as if they were a picture.
        """
        sample = self.judge.sample
        if sample.is_all or self._is_undithered:
            return sample.of_indexed(self.plain.indexed)
        with self.clock("remap"):
            return IndexedImage(Palette(self._mixing_colors), self._dithered(sample))

    @cached_property
    def _mixing_colors(self) -> UInt8Array:
        """The palette of dithered indices."""
        from ..quantize.dither import variance_matched  # only now: many runs do without

        histogram, design, space = self.prepared.histogram, self.palette, SPACES[self.settings.measured_in]
        exact = self.prepared.exact_grid(space.name)
        return variance_matched(design.palette.colors, histogram, design.labels, space, design.unmoving, points=exact)

    def _dithered(self, sample: Sample | None) -> Indices:
        """Dithered indices of the whole picture or of a sample of it."""
        from ..quantize.dither import dither

        space = SPACES[self.settings.measured_in]
        pixels, rows = self.prepared.image.pixels, self.prepared.rows
        return dither(
            pixels if sample is None else sample.of(pixels),
            self._mixing_colors,
            space,
            self.settings.dither,
            self.settings.diffusion,
            histogram=self.prepared.histogram,
            points=self.prepared.grid(space.name),
            rows=rows if sample is None or rows is None else sample.of(rows),
        )

    def lossy(self, lambda_: float) -> IndexedResult:
        """Indices that pack well: each pixel near its color, by distortion + lambda x bits (see `rate`).

        Entries that no pixel has are left out, but not what the user pinned.
        """
        picture = self.lossy_picture
        with self.clock("lossy"):
            return self._with_pinned(picture.start, picture.indices(lambda_, self.settings.optimize), lambda_)

    @property
    def lossy_picture(self) -> LossyPicture:
        """The picture as lossy indices are chosen for it."""
        return LossyPicture(self.prepared, self.palette, self.settings, self._shared.lossy, self.clock)

    @cached_property
    def file(self) -> EncodedImage:
        """The file; of lossy indices only where these make it smaller, and lose little.

        Of several formats the smallest file, each with indices for its own coder.
        """
        if len(self.settings.formats) > 1:
            attempts = (self.but(self.settings.but(format=format)) for format in self.settings.formats)
            return min((self.written_well(attempt.file) for attempt in attempts), key=lambda file: len(file.data))
        if self.settings.lambda_ is not None:
            return self.encoded(self.lossy(self.settings.lambda_))
        if self.palette.exact:
            return self.plain_file
        plain = None
        if self._may_stay_bare:
            bare = self.but(self.settings.bare)
            bearable = 1.0 if self.prepared.image.width * self.prepared.image.height <= ICON_PIXELS else UNSEEN_LOSS
            if self._packs_better(bare) and self._loss(bare.plain) <= bearable:
                plain = bare.plain_file
                if not (self.tries_lossy and self.is_soft):
                    return plain
        if not self.tries_lossy:
            return plain or self.plain_file
        lossy = self._lossy_within_a_point() if self.settings.optimize >= MEASURED_FROM else self._unmeasured_lossy()
        if self.is_last:
            self._let_go()
        if lossy is None:
            return plain or self.plain_file
        smaller = self.encoded(lossy)
        with self.clock("encode"):
            some = self.judge.sample.of_indexed(lossy.indexed)
            if surely_smaller(some, self._plain_sample, self.settings.formats):
                return smaller
        plain = plain or self.plain_file
        return smaller if len(smaller.data) <= LARGEST_SHARE * len(plain.data) else plain

    def _packs_better(self, bare: Attempt) -> bool:
        """Whether undithered indices make the file smaller; of a large picture that is told by what is measured."""
        sample = self.judge.sample
        if sample.is_all:
            return len(bare.plain_file.data) <= LARGEST_SHARE * len(self.plain_file.data)
        undithered, plain = sample.of_indexed(bare.plain.indexed), self._plain_sample
        with self.clock("encode"):
            return share_of_bytes(undithered, plain, self.settings.formats) <= 1.0

    def _let_go(self) -> None:
        """Forgets what choosing indices took: of large pictures 8 bytes a pixel. It would be made again."""
        vars(self).pop("_limit", None)
        self._shared.lossy.let_go()
        self.judge.let_go()
        self.prepared.let_go()

    @cached_property
    def plain_file(self) -> EncodedImage:
        """The file of plain indices."""
        return self.encoded(self.plain)

    @property
    def plain_quality(self) -> float:
        """The quality of plain indices."""
        return self.plain_verdict.quality

    @cached_property
    def plain_verdict(self) -> Verdict:
        """Quality and errors of color of plain indices."""
        score = self._plain_score
        with self.clock("quality"):
            return self.judge.verdict(self.plain.indexed, score if self.judge.sample.is_all else None)

    @cached_property
    def _plain_score(self) -> float:
        """The SSIMULACRA2 of plain indices, roughly; in a sample of a large picture."""
        plain = self._plain_sample
        with self.clock("quality"):
            return self.judge.sample.reference.ssimulacra2(plain, roughly=True)

    def written_well(self, file: EncodedImage) -> EncodedImage:
        """The same image, written with all the effort that its settings ask for."""
        if file.encoder_effort == file.settings.optimize:
            return file
        attempt = self.but(file.settings, encoder_effort=file.settings.optimize)
        return min(file, attempt.encoded(file.result), key=lambda one: len(one.data))

    def encoded(self, result: IndexedResult) -> EncodedImage:
        """The smallest file of a result in the formats that are asked for."""
        with self.clock("encode"):
            files = {
                format: codecs.encode(
                    result.indexed,
                    format,
                    optimize=self.encoder_effort,
                    png_type=self.settings.png_type,
                    bit_depth=self.settings.bit_depth,
                )
                for format in self.settings.formats
            }
            format = min(files, key=lambda one: len(files[one]))
            return EncodedImage(self.settings, self.palette, result, format, files[format], self.encoder_effort)

    @property
    def _may_stay_bare(self) -> bool:
        """Whether undithered indices are tried: in flat pictures and small ones."""
        return self.settings.dithers_as_needed and (self.is_flat or self.judge.area <= SMALL_PIXELS)

    @property
    def is_compared(self) -> bool:
        """Whether files of this attempt are only compared with each other, so that they need not be the smallest."""
        if len(self.settings.formats) > 1:
            return True
        return not self.palette.exact and self._may_stay_bare and self.judge.sample.is_all

    @property
    def tries_lossy(self) -> bool:
        """Whether lossy indices are searched for."""
        pixels, area = self.prepared.image.width * self.prepared.image.height, self.judge.area
        pays = pixels > ICON_PIXELS and area <= max(SMALL_PIXELS, MIRRORED_TO_OWN * pixels)
        return self.settings.allows_lossy and pays

    @property
    def is_soft(self) -> bool:
        """Whether translucent pixels are chosen among lossy indices, too."""
        return self.lossy_picture.scene(None).soft is not None

    @cached_property
    def is_flat(self) -> bool:
        """Whether much of the picture is flat, so that it may look as good without dithering."""
        flatness = self.judge.sample.of(self.prepared.masking.flatness)
        return bool(np.count_nonzero(flatness >= 128) >= FLAT_SHARE * flatness.size)

    @cached_property
    def _limit(self) -> Limit:
        """What other indices of this palette are compared with: the plain ones."""
        plain, score = self._plain_sample, self._plain_score
        with self.clock("quality"):
            return Limit(self.judge.sample, plain, self.prepared.masking, score)

    def _loss(self, result: IndexedResult) -> float:
        """What a result loses against plain indices, see `Limit`."""
        limit = self._limit
        with self.clock("quality"):
            indexed = result.indexed
            return limit.loss(indexed.palette.colors, self.judge.sample.of(indexed.byte_indices))

    def _unmeasured_lossy(self) -> IndexedResult:
        return self.lossy(UNMEASURED * self.lossy_picture.first_lambda * sqrt(self.settings.k / 256))

    def _lossy_within_a_point(self) -> IndexedResult | None:
        """Lossy indices at the largest lambda that loses at most a point of SSIMULACRA2 against plain indices.

        None where each lambda that was tried loses more. Of a large picture a sample is tried and measured, and little
        effort says where more effort begins.
        """
        if self._limit.tells_nothing:
            return None
        soft = self.lossy_picture.scene(self.judge.sample).soft is not None
        found = self._lossy_search(soft=soft)
        if found is None and soft:  # translucent pixels may be what loses too much
            found = self._lossy_search(soft=False)
        return found

    def _lossy_search(self, *, soft: bool) -> IndexedResult | None:
        """The same with translucent pixels that are chosen for, or keep their dithered entries."""
        picture, sample, effort = self.lossy_picture, self.judge.sample, self.settings.optimize
        limit = self._limit

        @cache
        def indices_at(lambda_: float, effort: int) -> RateAware:
            with self.clock("lossy"):
                return picture.indices(lambda_, effort, sample, soft=soft)

        def loss_at(lambda_: float, effort: int) -> float:
            made = indices_at(lambda_, effort)
            with self.clock("quality"):
                loss = limit.loss(made.colors, made.indices)
            return loss if sample.is_all else SAMPLE_MARGIN * loss

        flat = self.is_flat
        share = picture.first_lambda
        first = FLAT_LAMBDA * share if flat else expected_lambda(share, len(picture.start.colors))
        if effort > MEASURED_FROM:
            first = largest_lambda(partial(loss_at, effort=MEASURED_FROM), first, quickly=flat) or first
        lambda_ = largest_lambda(partial(loss_at, effort=effort), first, quickly=flat)
        if lambda_ is None:
            return None
        made = indices_at(lambda_, effort)
        with self.clock("lossy"):
            if not sample.is_all:
                made = picture.indices(lambda_, effort, soft=soft)
            return self._with_pinned(picture.start, made, lambda_)

    def _with_pinned(self, start: LossyStart, made: RateAware, lambda_: float) -> IndexedResult:
        """The result; what the user pinned is in its palette, even where no pixel has it."""
        unused = self.palette.frozen & (np.bincount(made.places, minlength=len(start.colors)) == 0)
        return self._measured(np.concatenate([made.colors, start.colors[unused]]), made.indices, lambda_)

    def _measured(self, colors: UInt8Array, indices: Indices, lambda_: float | None = None) -> IndexedResult:
        """Any palette and indices, with their error."""
        palette = Palette(colors).counted(indices)
        mse = self._mse(IndexedImage(palette, indices))
        return IndexedResult(self._indexed(palette, indices), mse, lambda_)

    def _mse(self, indexed: IndexedImage) -> float:
        """The error against the picture as it was read."""
        original = self.prepared.original if self.prepared.is_reduced else self.prepared.image
        return metrics.mse_between(original, indexed)

    def _indexed(self, palette: Palette, indices: Indices) -> IndexedImage:
        """The picture as it is written: given entries in their order, the transparent one, which comes first, colored.

        Raises SettingsError.
        """
        prepared, settings, given = self.prepared, self.settings, self.prepared.given
        image, hidden = prepared.image, self._shared.hidden
        if settings.bleed and prepared.transparent:
            if given is not None and bool((given.rgba[:, 3] == 0).any()):
                raise SettingsError(
                    "the palette has a transparent entry of its own, which bleed would change: omit one"
                )
            colors = palette.colors.copy()
            colors[0, :3] = prepared.edge_color
            palette = Palette(colors if settings.color_bits is None else shown_colors(colors, settings.color_bits))
            palette = palette.counted(indices)
        if given is not None:
            palette, indices = in_given_order(palette, indices, given, prepared.given_indices)
        if hidden is not None:
            kept = 0 if given is None else len(given)
            return replace(hidden.put_back(palette, indices, kept), icc=image.icc, dpi=image.dpi, tags=image.tags)
        return IndexedImage(palette, indices, image.icc, image.dpi, image.tags, in_order=given is not None)
