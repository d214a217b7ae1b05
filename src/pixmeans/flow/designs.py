"""Which palette, how much dithering: several ways are tried where it costs little, and the best for its size is kept.

No single way to weigh colors is best for every picture. In OKLab with masking photos look best by far. An icon has no
texture to hide errors in; a soft shadow is better in sRGB, and few colors as luma weighs them. Nor is one strength of
dithering: text and flat shapes want none, gradients all of it. Measured with 81 graphics and 16, 64 colors: beside the
best of the first three ways, all fully dithered, four ways gently dithered and the best of them in three strengths have
0.6 and 0.1 points of SSIMULACRA2 more, 5 and 8 % less error in sRGB, in files that are 2 and 4 % smaller
(`benchmarks/graphics.py`). All combinations are hardly better, and other prices of size and error trade one for the
other. Errors that are kept below a limit while they go on, and less dithering where nearest entries change often, both
as pngquant has it, do the same. Rare colors that weigh more than they are lose in look and error.
"""

from __future__ import annotations

from math import log2

import numpy as np

from ..choices import MAX_INDEXED
from ..image import Image
from ..metrics import ColorErrors
from ..settings import Settings
from .attempt import ICON_PIXELS, Attempt, EncodedImage
from .judge import LEAST_SCORE, Verdict
from .look import SMALL_PIXELS

# Pictures of at most `SMALL_PIXELS` are tried in every way; flat ones, and those with alpha, up to this number.
FLAT_PIXELS = 1 << 20

# Ways are compared at this share of the strength of dithering; the best one is also tried with all of it and without.
GENTLE = 0.8

# Undithered indices that lose more points than lossy ones may are no choice: bands and rings count less in a mean over
# the picture than people see them.
MOST_LOST = 1.0

# How many points of quality a file of half the size is worth; and half the mean squared error, in sRGB; and half the
# distance of the farthest colors, in OKLab. Errors below the least ones are rounding.
POINTS_OF_SIZE = 3.0
POINTS_OF_ERROR, LEAST_ERROR = 1.5, 0.5
POINTS_OF_DISTANCE, LEAST_DISTANCE = 1.0, 0.004

# Where the usual way has so many points, others bring next to nothing: of 54 graphics with 256 colors 19 have 97 points
# and are worth 0.2 points less without the others; 60 icons of 94 points lose as much. Where it has them undithered, it
# is not even dithered: of 85 graphics 7 then differ, by less than 0.3 points, and take a sixth of the time. Icons of so
# many are gently dithered and nothing else is tried, if they have many colors: of 45 with 256 and 90 points in the mean
# the best of three strengths has 0.1 points more in as many bytes. With few colors specks would stay, and the others do
# bring more.
GOOD_ENOUGH, GOOD_ICON = 97.0, 85.0

# Undithered nearest entries are as good as the picture where 95 and 99 % of its pixels are no farther off than this, in
# OKLab (2 / 100 is just seen). Of an icon these are all pixels: of 49 with 256 colors such ones scored 95 to 98, like
# any other way. Of larger pictures, where bands and rings would be seen earlier, they are the visible ones, and all but
# one in a thousand count: of 85 graphics with 256 colors 20 are so, with 97 to 99 points in the mean of 98. Pictures of
# more colors never are.
UNSEEN_ICON = ((0.95, 0.0125), (0.99, 0.04))
UNSEEN = ((0.95, 0.0015), (0.99, 0.005), (0.999, 0.02))
UNSEEN_COLORS = 1 << 14


def best_file(usual: Attempt) -> EncodedImage:
    """The file of a picture, of all ways that its settings leave open the best for its size.

    It is written with all the effort that its settings ask for.
    """
    file = _file_of_its_own(usual)
    if 2 * usual.settings.k > MAX_INDEXED or usual.palette.exact or not _costs_little(usual):
        return file
    from .fewer import held_to_more_colors  # only now: pictures of many colors never need it

    return held_to_more_colors(usual, file, _file_of_its_own)


def _file_of_its_own(usual: Attempt) -> EncodedImage:
    """The same, without a look at what more colors would give."""
    first, *others = best_designs(usual)
    if not others and not first.is_compared:
        return first.but(first.settings, encoder_effort=first.settings.optimize, is_last=True).file
    return usual.written_well(_best_of(usual, first, others))


def _best_of(usual: Attempt, first: Attempt, others: list[Attempt]) -> EncodedImage:
    """The best of several ways, of which `first` has the best plain indices.

    Lossy indices are searched for in that way. Where none are good enough there, those of the second way may be worth
    more; and beside undithered ones the lossy ones of the same way where translucent pixels are soft.
    """
    file, palette = first.file, first.settings.of_palette()
    if file.result.lambda_ is not None or file.settings != first.settings:
        return file
    if first.tries_lossy:
        second = next((one for one in others if one.tries_lossy and one.settings.of_palette() != palette), None)
    else:
        same = (one for one in others if one.tries_lossy and one.settings.of_palette() == palette)
        second = next((one for one in same if one.is_soft), None)
    if second is None:
        return file
    return max(file, second.file, key=lambda one: _value(_verdict(usual, one), one.result.mse, len(one.data)))


def open_ways(settings: Settings) -> list[Settings]:
    """Settings for each way to weigh colors that some leave open; these themselves, the usual way, come first."""
    ways = [settings]
    if settings.masking == "auto" and settings.measured_in == "oklab":
        ways.append(settings.but(space="oklab", masking="off"))
    if settings.space == "auto" and settings.masking != "on":
        lossy = "on" if settings.lossy == "auto" and settings.allows_lossy else settings.lossy
        ways += [settings.but(space=space, masking="off", lossy=lossy) for space in ("rgb", "luma")]
    return ways


def best_designs(usual: Attempt) -> list[Attempt]:
    """The attempts at a picture, one for each way to weigh colors that is worth a try, the best for its size first.

    Where nobody sees what nearest entries change, or these are good enough, that is the only one. Else plain indices
    are compared: those of each way, gently dithered, unless the usual one is good enough, and of the best one also
    without and with all its dithering. Below `LEAST_SCORE` points nothing tells which one is better, and the usual way
    stays.
    """
    settings = usual.settings
    if _is_unseen(usual):
        return [usual.but(settings.bare)]
    ways, dithers = open_ways(settings), settings.dithers_as_needed
    known = usual.prepared.given is not None or usual.palette.exact or not (dithers or len(ways) > 1)
    if known or not _costs_little(usual):
        return [usual]
    if not dithers:
        others = [] if usual.plain_quality >= GOOD_ENOUGH else filter(_tells, map(usual.but, ways[1:]))
        return sorted([usual, *others], key=worth, reverse=True)
    bare, icon = usual.but(settings.bare), _is_icon(usual)
    if settings.lossy != "on" and not icon and bare.plain_quality >= GOOD_ENOUGH:
        return [bare]
    gentle = [usual.but(ways[0].but(dither_strength=GENTLE))]
    quality = gentle[0].plain_quality
    if quality >= GOOD_ICON and 2 * settings.k > MAX_INDEXED and icon:
        return gentle
    if quality < GOOD_ENOUGH:
        gentle += [usual.but(way.but(dither_strength=GENTLE)) for way in ways[1:]]
    ranked = sorted(filter(_tells, gentle), key=worth, reverse=True)
    if not ranked:
        return [usual]
    best = ranked[0]
    way = ways[gentle.index(best)]
    full = usual.but(way.but(dither_strength=1.0))
    if way != settings:
        bare = usual.but(way.bare)
    if bare.plain_quality >= max(LEAST_SCORE, best.plain_quality - MOST_LOST):
        ranked.append(bare)
    ranked += filter(_tells, [full])
    return sorted(ranked, key=worth, reverse=True)


def _is_unseen(usual: Attempt) -> bool:
    """Whether nobody sees what nearest entries change, so that nothing is to be gained by dithering."""
    settings, prepared, palette = usual.settings, usual.prepared, usual.palette
    if not settings.dithers_as_needed or settings.lambda_ is not None or settings.lossy == "on" or palette.exact:
        return False
    colors, weights = prepared.visible.colors, prepared.visible.weights
    if len(colors) > UNSEEN_COLORS:
        return False
    with usual.clock("quality"):
        nearest = palette.palette.colors[palette.labels[prepared.transparent :]]
        distances = ColorErrors(Image(colors[None])).distances(Image(nearest[None]))[0]
        order = np.argsort(distances, kind="stable")
        icon = _is_icon(usual)
        equal = int(prepared.histogram.weights[0]) if icon and prepared.transparent else 0
        nearer = equal + np.cumsum(weights[order])
        limits = UNSEEN_ICON if icon else UNSEEN
        return all(distances[order[np.searchsorted(nearer, share * nearer[-1])]] <= most for share, most in limits)


def _is_icon(attempt: Attempt) -> bool:
    image = attempt.prepared.image
    return image.width * image.height <= ICON_PIXELS


def _tells(attempt: Attempt) -> bool:
    return attempt.plain_quality >= LEAST_SCORE


def worth(attempt: Attempt) -> float:
    """What the plain indices of an attempt are worth, in points of quality."""
    return _value(attempt.plain_verdict, attempt.plain.mse, len(attempt.plain_file.data))


def _costs_little(attempt: Attempt) -> bool:
    flat = attempt.prepared.image.has_alpha or attempt.is_flat
    return attempt.judge.area <= (FLAT_PIXELS if flat else SMALL_PIXELS)


def _verdict(attempt: Attempt, file: EncodedImage) -> Verdict:
    with attempt.clock("quality"):
        return attempt.judge.verdict(file.result.indexed)


def _value(verdict: Verdict, mse: float, size: int) -> float:
    """Points of quality, less what size and errors cost."""
    return (
        max(LEAST_SCORE, verdict.quality)
        - POINTS_OF_SIZE * log2(size)
        - POINTS_OF_ERROR * log2(mse + LEAST_ERROR)
        - POINTS_OF_DISTANCE * log2(verdict.far + LEAST_DISTANCE)
    )
