"""Outcomes -> words: one line for a person, the report of -v, an object of JSON."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from ..errors import shown
from ..quantize.salience import lost_colors
from .jobs import EXISTS, STDIO, Job, is_failure, is_larger
from .wording import factor, seconds, size

if TYPE_CHECKING:
    from ..flow.result import Compressed, Sizes
    from ..settings import Settings
    from .runner import Outcome

REMARKS = {
    "kept": "kept: the result is not smaller",
    "unchanged": "there already",
    "dry-run": "dry run: not written",
    "missed": "nothing written",
}


def summary(job: Job, result: Compressed, elapsed: float, status: str = "written") -> str:
    """`photo.png -> photo-k16.png  422 kB -> 36 kB (11.7x smaller), 16 colors, PSNR 27.6 dB, 0.2 s`.

    status: a key of REMARKS, or 'written'.
    """
    sizes = result.sizes
    source = "stdin" if job.source == STDIO else shown(job.source)
    output = "stdout" if job.output == STDIO else shown(job.output)
    names = source if job.in_place else f"{source} -> {output}"
    k = len(result.palette)
    facts = [f"{k} color" if k == 1 else f"{k} colors"]
    facts.append(result.error_words())
    if result.protected:
        count = len(result.protected)
        facts.append(f"protected {count} small color{'s' * (count > 1)}")
    facts += target(result)
    facts.append(seconds(elapsed))
    facts += result.notes
    if status in REMARKS:
        facts.insert(0, REMARKS[status])
    before = "" if sizes.original is None else f"{size(sizes.original)} -> "
    return f"{names}  {before}{size(sizes.file)} ({comparison(sizes)}), {', '.join(facts)}"


def target(result: Compressed) -> list[str]:
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


def verbose_lines(result: Compressed) -> list[str]:
    """The lines of -v: every size with what it counts, the error, the iterations, the seconds by stage."""
    sizes = result.sizes
    bits = round(24 / sizes.factor)
    pixels = result.width * result.height
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
        (f"the {result.format.upper()} file", sizes.file, ""),
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
    lines.append(f"  {moves} of k-means{after}, {ended}" if result.clustering else "  no k-means: every color is kept")
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


def search_table(result: Compressed) -> list[str]:
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


def to_dict(outcome: Outcome) -> dict[str, Any]:
    """The outcome as JSON can hold it: input, output, status, and what `Compressed.to_dict` tells or the error."""
    job = outcome.job
    told: dict[str, Any] = {"input": job.source, "output": job.output, "status": outcome.status}
    if outcome.result is None:
        why = "reason" if outcome.error is None else "error"
        return {**told, why: outcome.message, "code": outcome.code}
    return {**told, **outcome.result.to_dict()}


def tally(codes: list[int], left_alone: int = 0) -> str:
    """`4 pictures, 1 done, 1 left alone, 1 there already, 1 failed`, from their exit codes."""
    failed = sum(is_failure(code) for code in codes)
    there = codes.count(EXISTS)
    words = [f"{len(codes)} pictures", f"{len(codes) - failed - there - left_alone} done"]
    words += [f"{left_alone} left alone"] * bool(left_alone)
    words += [f"{there} there already"] * bool(there) + [f"{failed} failed"] * bool(failed)
    return ", ".join(words)
