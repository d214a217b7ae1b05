"""What tags other than an ICC profile say of colors becomes a profile: cICP, gAMA and cHRM, Adobe RGB by EXIF."""

from __future__ import annotations

import numpy as np

from ..arrays import Samples
from ..records import replace
from . import png_reader
from .matrix_profiles import (
    ADOBE_RGB,
    ADOBE_RGB_CURVE,
    HDR,
    PRIMARIES,
    SRGB,
    SRGB_CURVE,
    TRANSFERS,
    Chromaticities,
    Curve,
    gray_profile,
    rgb_profile,
)
from .raw import Raw


def set_adobe_rgb(raw: Raw) -> None:
    """The space that EXIF names; of grays its curve alone."""
    if raw.color.ndim == 3 and raw.color.shape[2] == 4:  # CMYK: EXIF knows spaces of RGB only
        return
    is_gray = raw.color.ndim == 2
    raw.icc = gray_profile(ADOBE_RGB_CURVE) if is_gray else rgb_profile(ADOBE_RGB, ADOBE_RGB_CURVE)
    raw.color_tags = "EXIF color space (Adobe RGB)"


def set_png_color(raw: Raw, png: png_reader.Png) -> None:
    """What space the values of a PNG are in, by the tag that counts: cICP, iCCP, sRGB, else gAMA and cHRM."""
    if png.cicp is not None and set_cicp(raw, png.cicp, "cICP"):
        return
    if png.bad_profile:
        raw.details.append("unreadable ICC profile ignored")
    if png.profile is not None:
        raw.icc = png.profile
    elif not png.srgb and (png.gamma or png.chromaticities):
        whites = None if png.chromaticities is None else tuple(value / 100_000 for value in png.chromaticities)
        set_gamma(raw, None if png.gamma is None else png.gamma / 100_000, whites)


def set_cicp(raw: Raw, cicp: tuple[int, int, int, int], name: str) -> bool:
    """Whether code points of H.273 tell the space of a picture; then it is set."""
    primaries, transfer, matrix, full = cicp
    if primaries == 2 or transfer == 2:  # unspecified: another tag may know
        return False
    if transfer in HDR:
        raw.hdr, raw.tags = HDR[transfer], replace(raw.tags, cicp=cicp)
        return True
    if primaries not in PRIMARIES or transfer not in TRANSFERS or matrix or full > 1:
        raw.details.append(f"{name} {primaries}/{transfer}/{matrix}/{full} is not known and was ignored")
        return False
    if not full:
        raw.color = _full_range(raw.color)
        raw.losses.append(f"narrow range ({name}) stretched")
    raw.color_tags = name
    curve, is_gray = TRANSFERS[transfer], raw.color.ndim == 2  # grays have no primaries
    if transfer != 13 or (primaries != 1 and not is_gray):
        raw.icc = gray_profile(curve) if is_gray else rgb_profile(PRIMARIES[primaries], curve)
    return True


def _full_range(color: Samples) -> Samples:
    """Values of 16 to 235 (in 8 bits) stretched to all there are; what is outside is clipped."""
    top = 255 if color.dtype == np.uint8 else 65535
    step = 1 if top == 255 else 256
    low, high = 16 * step, 235 * step
    values = np.clip(color.astype(np.int64), low, high) - low
    stretched = (2 * top * values + (high - low)) // (2 * (high - low))
    return stretched.astype(np.uint8) if top == 255 else stretched.astype(np.uint16)


# PNG files of sRGB say gAMA 0.45455, as an approximation (clause 11.3.2.5 of the standard).
_SRGB_GAMMA = (0.450, 0.460)


def set_gamma(raw: Raw, gamma: float | None, chromaticities: tuple[float, ...] | None) -> None:
    """The space that gAMA (the exponent of encoding) and cHRM (x and y of white, red, green, blue) tell."""
    space = SRGB
    if chromaticities is not None:
        white, red, green, blue = ((chromaticities[at], chromaticities[at + 1]) for at in (0, 2, 4, 6))
        given: Chromaticities = (white, red, green, blue)
        if not _is_srgb(given):
            space = given
    is_color = raw.color.ndim == 3
    curve = SRGB_CURVE
    if gamma is not None and not (_SRGB_GAMMA[0] <= gamma <= _SRGB_GAMMA[1] and (space is SRGB or not is_color)):
        if not 0.05 <= gamma <= 20:
            raw.details.append(f"gAMA {gamma:g} is out of range and was ignored")
        else:
            curve = Curve(1 / gamma)
    if curve is SRGB_CURVE and (space is SRGB or not is_color):
        return
    raw.icc = rgb_profile(space, curve) if is_color else gray_profile(curve)
    if raw.icc is None:
        raw.details.append("cHRM makes no sense and was ignored")
        raw.icc = None if curve is SRGB_CURVE else rgb_profile(SRGB, curve)
    named = [name for name, given in (("gAMA", gamma), ("cHRM", chromaticities)) if given is not None]
    raw.color_tags = " and ".join(named)


def _is_srgb(given: Chromaticities) -> bool:
    """Whether primaries and white are those of sRGB, to a hundredth: writers round, and some to two digits."""
    return all(
        abs(a - b) <= 0.01 for one, other in zip(given, SRGB, strict=True) for a, b in zip(one, other, strict=True)
    )
