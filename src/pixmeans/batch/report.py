"""Results and outcomes -> words: one line for a person, the report of -v, the table of a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING

from ..choices import format_name
from ..errors import shown
from ..quantize.salience import lost_colors
from .inputs import STDIO
from .jobs import EXISTS, Job, is_larger
from .wording import factor, seconds, size

if TYPE_CHECKING:
    from ..flow.animation_result import CompressedAnimation
    from ..flow.result import Compressed
    from ..flow.written import Sizes
    from ..settings import Settings
    from .outcome import Outcome

REMARKS = {
    "kept": "kept: the result is not smaller",
    "unchanged": "there already",
    "dry-run": "dry run: not written",
    "missed": "nothing written",
}


def summary(job: Job, result: Compressed | CompressedAnimation, elapsed: float, status: str = "written") -> str:
    """`photo.png -> photo-k16.png  422 kB -> 36 kB (11.7x smaller), 16 colors, PSNR 27.6 dB, 0.2 s`.

    status: a key of REMARKS, or 'written'.
    """
    sizes = result.sizes
    source = "stdin" if job.source == STDIO else shown(job.source)
    output = "stdout" if job.output == STDIO else shown(job.output)
    names = source if job.in_place else f"{source} -> {output}"
    facts = [result.color_words, result.error_words()]
    if result.protected:
        count = len(result.protected)
        facts.append(f"protected {count} small color{'s' * (count > 1)}")
    facts += target(result)
    facts.append(seconds(elapsed))
    facts += result.notes
    if status in REMARKS:
        smaller = status == "kept" and (sizes.original or 0) > sizes.file
        facts.insert(0, "kept: the result is hardly smaller" if smaller else REMARKS[status])
    before = "" if sizes.original is None else f"{size(sizes.original)} -> "
    return f"{names}  {before}{size(sizes.file)} ({comparison(sizes)}), {', '.join(facts)}"


def target(result: Compressed | CompressedAnimation) -> list[str]:
    """What came of a wanted quality or size; nothing if none was wanted."""
    settings = result.settings
    words = []
    if result.quality is not None and not _in_psnr(settings):
        words.append(f"quality {result.quality:.1f}")
    if settings.quality is not None and not result.reached:
        words.append(f"quality {settings.quality} not reached")
    if settings.max_bytes is not None and result.sizes.file > settings.max_bytes:
        words.append(f"{size(settings.max_bytes)} not reached")
    return words


def _in_psnr(settings: Settings) -> bool:
    return settings.quality is not None and settings.quality.metric == "psnr"


def comparison(sizes: Sizes) -> str:
    """What the new size is compared with the old, and for lossy originals also with the pixels."""
    pixels = _times(sizes.raw, sizes.file, "than its pixels")
    if sizes.original is None:
        return pixels
    if sizes.original_lossless is not False:
        return _times(sizes.original, sizes.file, "")
    lossy = f"the {sizes.original_format}"
    if is_larger(sizes):
        return f"larger than {lossy}, {pixels}; for photos consider WebP or AVIF"
    return f"{_times(sizes.original, sizes.file, f'than {lossy}')}, {pixels}"


def _times(before: int, after: int, than: str) -> str:
    if after == before:
        return " ".join(filter(None, ("as large", than.replace("than", "as")))).strip()
    word = "smaller" if after < before else "larger"
    return f"{factor(max(before, after), min(before, after))} {word} {than}".strip()


def verbose_lines(result: Compressed | CompressedAnimation) -> list[str]:
    """The lines of -v: every size with what it counts, the error, the iterations, the seconds by stage."""
    sizes = result.sizes
    bits = round(24 / sizes.factor)
    pixels = result.pixels
    channels = sizes.raw // pixels
    rows: list[tuple[str, int | None, str]] = [
        (f"original file ({sizes.original_format})", sizes.original, ""),
        (f"raw pixels, {8 * channels} bits each", sizes.raw, ""),
        (
            f"log2 k arithmetic, {bits} bit{'s' * (bits > 1)} each",
            sizes.arithmetic,
            "no palette, no file format",
        ),
        ("the same with the palette", sizes.with_palette, ""),
        (f"the {format_name(result.format)} file", sizes.file, ""),
    ]
    lines = []
    for words, count, remark in rows:
        if count is not None:
            against = f"raw / {sizes.raw / max(1, count):.2f}" if count != sizes.raw else ""
            lines.append(f"  {words:32}{count:>12,} bytes  {against:14}{remark}".rstrip())
    lines.append(f"  mean squared error {result.mse:.3f} (R, G, B summed, of 0 to 255), {result.error_words(2)}")
    ended = "converged" if result.converged else "stopped before convergence"
    after = "" if result.settings.effort == "fast" or not result.clustering else " after the search"
    moves = f"{result.iterations} iteration{'s' * (result.iterations != 1)}"
    without = "a preview: k-means on bins" if result.settings.effort == "preview" else "no k-means: every color is kept"
    lines.append(f"  {moves} of k-means{after}, {ended}" if result.clustering else f"  {without}")
    for color in result.protected:
        moved = f"its nearest entry was {color.before:.0f} away and is {color.after:.0f} away (OKLab x 100)"
        lines.append(f"  protected {color.hex}, {100 * color.share:.2f} % of the picture: {moved}")
    if result.protected:
        lines.append(f"  protection changes the squared error of k-means by {100 * result.protection_cost:+.1f} %")
    if result.original is not None and result.mse > 0:
        for one in lost_colors(result.original.pixels, result.palette.colors):
            lines.append(f"  lost {one.hex}, {100 * one.share:.2f} % of the picture, around {one.at[0]},{one.at[1]}")
    if result.lambda_ is not None:
        lines.append(f"  lossy indices: lambda {result.lambda_:.1e}, in squared OKLab distance a bit (--lossy)")
    lines += search_table(result)
    lines.append("  " + ", ".join(f"{stage} {value:.3f} s" for stage, value in result.seconds.items()))
    lines += [f"  {detail}" for detail in result.details]
    return lines


def search_table(result: Compressed | CompressedAnimation) -> list[str]:
    """What was tried for a wanted quality or size, smallest file first; the one that was chosen is marked."""
    if result.search is None:
        return []
    psnr = _in_psnr(result.settings)
    lines = [f"  tried{'':22}bytes  {'PSNR, dB' if psnr else 'quality'}"]
    for one in sorted(result.search.attempts, key=lambda one: one.size):
        mark = "  <- chosen" if one == result.search.best else ""
        quality = f"{one.quality:11.2f}" if one.quality is not None and one.quality < inf else "      exact"
        lossy = one.settings.lossy
        how = f"lambda {lossy:.1e}" if isinstance(lossy, float) else one.settings.dither
        lines.append(f"  k={one.settings.k:<4}{how:15}{one.size:>12,}{quality}{mark}")
    return lines


def tally(outcomes: Iterable[Outcome]) -> str:
    """`4 pictures, 1 done, 1 left alone, 1 there already, 1 failed`."""
    counts = Counter(_kind(one) for one in outcomes)
    total = sum(counts.values())
    words = [f"{total} picture{'s' * (total != 1)}", f"{counts.pop('done', 0)} done"]
    return ", ".join(words + [f"{counts[kind]} {kind}" for kind in KINDS if counts[kind]])


KINDS = ("left alone", "there already", "failed")


def _kind(outcome: Outcome) -> str:
    if outcome.failed:
        return "failed"
    return {EXISTS: "there already"}.get(outcome.code) or ("left alone" if outcome.status == "left alone" else "done")


# Rows of the table, in this order.
ROWS = {
    "written": "written",
    "unchanged": "there already",
    "done": "done before",
    "kept": "kept",
    "left alone": "left alone",
    "dry-run": "dry run",
    "missed": "not reached",
    "exists": "exists",
    "failed": "failed",
}

_FEW = 8  # outcomes that a person sees at a glance: their lines are enough


def table(outcomes: list[Outcome], elapsed: float) -> list[str]:
    """What became of many pictures: how many of each kind, their bytes before and after, and what failed.

    elapsed: seconds by the clock.
    """
    if len(outcomes) <= _FEW:
        return []
    rows = [("", "pictures", "before", "after", "")]
    for status, words in ROWS.items():
        some = [one for one in outcomes if one.status == status]
        if some:
            rows.append((words, str(len(some)), *_bytes(some)))
    if len(rows) > 2:
        rows.append(("together", str(len(outcomes)), *_bytes(outcomes)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for words, *cells, factor_ in rows:
        right = "  ".join(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        lines.append(f"  {words.ljust(widths[0])}  {right}  {factor_}".rstrip())
    saved = sum(one.saved for one in outcomes)
    rate = f"{len(outcomes) / max(elapsed, 1e-3):.3g} pictures a second"
    lines.append(f"  {size(abs(saved))} {'saved' if saved >= 0 else 'more'} in {seconds(elapsed)}, {rate}")
    failures = [one for one in outcomes if one.failed]
    if failures:
        lines.append("  failed:")
        lines += [f"    {one.message}" for one in failures]
    return lines


def _bytes(outcomes: list[Outcome]) -> tuple[str, str, str]:
    """Bytes before and after, and the factor; of pictures that stay as they are both are the same."""
    known = [one for one in outcomes if one.before is not None and one.after is not None]
    if not known:
        return "", "", ""
    stays = ("kept", "missed")
    before = sum(one.before or 0 for one in known)
    after = sum((one.before if one.status in stays else one.after) or 0 for one in known)
    return size(before), size(after), "" if before == after else _times(before, after, "")
