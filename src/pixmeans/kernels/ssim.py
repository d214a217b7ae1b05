"""Structure compared under a Gaussian window: the sums behind SSIM, MS-SSIM and SSIMULACRA 2. Compiled by Cython.

Sources: Z. Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE Trans. Image
Processing 13, 2004; J. Sneyers, SSIMULACRA 2.1, https://github.com/cloudinary/ssimulacra2 (2023).

With E the variance of the difference of two windows and V the sum of their variances, what SSIM calls
(2 cov + C) / (V + C) is 1 - E / (V + C). Computed so, single precision is enough where the pictures hardly differ, and
equal pictures give exactly 0.

Only + - * / in a fixed order. Pixels are summed in 64 columns side by side, and these one after the other.
"""

import cython
from cython.cimports.libc.stdint import uint8_t
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.libc.string import memcpy

# The window: exp(-i^2 / (2 x 1.5^2)) for i = 0 to 5, divided by the sum over -5 to 5.
TAP0 = cython.declare(cython.float, 0.26601172486179436)
TAP1 = cython.declare(cython.float, 0.21300553771125370)
TAP2 = cython.declare(cython.float, 0.10936068950970002)
TAP3 = cython.declare(cython.float, 0.03600077212843083)
TAP4 = cython.declare(cython.float, 0.007598758135239185)
TAP5 = cython.declare(cython.float, 0.00102838008447911)

# From linear sRGB to the responses of the eye's cones: opsin_params.h of libjxl, where XYB comes from.
BIAS = cython.declare(cython.float, 0.0037930732552754493)
BIAS_ROOT = cython.declare(cython.float, 0.15595420054924863)


def linear_planes(
    pixels: cython.const[uint8_t][:, ::1], light: cython.const[cython.float][:, ::1], planes: cython.float[:, ::1]
) -> None:
    """IN pixels (n, 3 or 4) with straight alpha; light (256, 256) the linear light of a value of row alpha over a
    background. OUT planes (3, n)."""
    i: cython.Py_ssize_t
    n: cython.Py_ssize_t = pixels.shape[0]
    alpha: cython.int = 255
    with_alpha: cython.bint = pixels.shape[1] == 4
    with cython.nogil:
        for i in range(n):
            if with_alpha:
                alpha = pixels[i, 3]
            planes[0, i] = light[alpha, pixels[i, 0]]
            planes[1, i] = light[alpha, pixels[i, 1]]
            planes[2, i] = light[alpha, pixels[i, 2]]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def cube_root(x: cython.float) -> cython.float:
    """x in 0.0037..1.01: a rational function fitted to 0.3 % there (least largest relative error), bettered once by
    Halley's rule to the last bits. A table, as in oklab.py, could not be looked up in vectors."""
    root: cython.float
    cube: cython.float
    root = cython.cast(cython.float, 0.0947504) + x * (
        cython.cast(cython.float, 30.39608)
        + x * (cython.cast(cython.float, 369.42485) + x * cython.cast(cython.float, 119.13624))
    )
    root = root / (
        cython.cast(cython.float, 1.0)
        + x * (cython.cast(cython.float, 98.01934) + x * cython.cast(cython.float, 418.64865))
    )
    cube = root * root * root
    return root + root * (x - cube) / (cube + cube + x)


def positive_xyb(linear: cython.const[cython.float][:, ::1], xyb: cython.float[:, ::1]) -> None:
    """IN linear (3, n) sRGB light, 0..1. OUT xyb (3, n): X, Y and B - Y, moved and stretched into 0..1 as SSIMULACRA
    2.1 does."""
    i: cython.Py_ssize_t
    n: cython.Py_ssize_t = linear.shape[1]
    red: cython.pointer[cython.const[cython.float]] = cython.address(linear[0, 0])
    green: cython.pointer[cython.const[cython.float]] = cython.address(linear[1, 0])
    blue: cython.pointer[cython.const[cython.float]] = cython.address(linear[2, 0])
    out_x: cython.pointer[cython.float] = cython.address(xyb[0, 0])
    out_y: cython.pointer[cython.float] = cython.address(xyb[1, 0])
    out_b: cython.pointer[cython.float] = cython.address(xyb[2, 0])
    r: cython.float
    g: cython.float
    b: cython.float
    long: cython.float
    medium: cython.float
    short: cython.float
    y: cython.float
    with cython.nogil:
        for i in range(n):
            r = red[i]
            g = green[i]
            b = blue[i]
            long = cube_root(
                cython.cast(cython.float, 0.30) * r
                + cython.cast(cython.float, 0.622) * g
                + cython.cast(cython.float, 0.078) * b
                + BIAS
            )
            medium = cube_root(
                cython.cast(cython.float, 0.23) * r
                + cython.cast(cython.float, 0.692) * g
                + cython.cast(cython.float, 0.078) * b
                + BIAS
            )
            short = cube_root(
                cython.cast(cython.float, 0.24342268924547819) * r
                + cython.cast(cython.float, 0.20476744424496821) * g
                + cython.cast(cython.float, 0.5518098665095536) * b
                + BIAS
            )
            y = cython.cast(cython.float, 0.5) * (long + medium) - BIAS_ROOT
            out_x[i] = cython.cast(cython.float, 7.0) * (long - medium) + cython.cast(cython.float, 0.42)
            out_y[i] = y + cython.cast(cython.float, 0.01)
            out_b[i] = (short - BIAS_ROOT - y) + cython.cast(cython.float, 0.55)


def halved(planes: cython.const[cython.float][:, :, ::1], half: cython.float[:, :, ::1]) -> None:
    """IN planes (c, h, w). OUT half (c, (h + 1) // 2, (w + 1) // 2): means of 2 x 2; an odd last row or column stands
    for its missing neighbor too."""
    c: cython.Py_ssize_t
    y: cython.Py_ssize_t
    x: cython.Py_ssize_t
    h: cython.Py_ssize_t = planes.shape[1]
    w: cython.Py_ssize_t = planes.shape[2]
    top: cython.pointer[cython.const[cython.float]]
    bottom: cython.pointer[cython.const[cython.float]]
    out: cython.pointer[cython.float]
    quarter: cython.float = 0.25
    with cython.nogil:
        for c in range(planes.shape[0]):
            for y in range(half.shape[1]):
                top = cython.address(planes[c, 2 * y, 0])
                bottom = cython.address(planes[c, 2 * y + 1 if 2 * y + 1 < h else 2 * y, 0])
                out = cython.address(half[c, y, 0])
                for x in range(w // 2):
                    out[x] = quarter * ((top[2 * x] + top[2 * x + 1]) + (bottom[2 * x] + bottom[2 * x + 1]))
                if w % 2:
                    out[w // 2] = quarter * ((top[w - 1] + top[w - 1]) + (bottom[w - 1] + bottom[w - 1]))


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def blur_row(
    line: cython.pointer[cython.float], w: cython.Py_ssize_t, out: cython.pointer[cython.float]
) -> cython.void:
    """IN line (5 + w + 5): a row, and what lies beside it. OUT out (w,) its means under the window."""
    x: cython.Py_ssize_t
    for x in range(w):
        out[x] = (
            TAP0 * line[x + 5]
            + TAP1 * (line[x + 4] + line[x + 6])
            + TAP2 * (line[x + 3] + line[x + 7])
            + TAP3 * (line[x + 2] + line[x + 8])
            + TAP4 * (line[x + 1] + line[x + 9])
            + TAP5 * (line[x] + line[x + 10])
        )


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def blur_rows(
    a: cython.pointer[cython.const[cython.float]],
    b: cython.pointer[cython.const[cython.float]],
    w: cython.Py_ssize_t,
    stride: cython.Py_ssize_t,
    line: cython.pointer[cython.float],
    out: cython.pointer[cython.float],
) -> cython.void:
    """One row of both pictures, blurred along the row. IN a, b (w,); line (w + 10,) with 0 at both ends. OUT out
    (4, stride): the means of a, of b, of a^2 + b^2 and of (a - b)^2."""
    x: cython.Py_ssize_t
    difference: cython.float
    memcpy(line + 5, a, w * cython.sizeof(cython.float))
    blur_row(line, w, out)
    memcpy(line + 5, b, w * cython.sizeof(cython.float))
    blur_row(line, w, out + stride)
    for x in range(w):
        line[x + 5] = a[x] * a[x] + b[x] * b[x]
    blur_row(line, w, out + 2 * stride)
    for x in range(w):
        difference = a[x] - b[x]
        line[x + 5] = difference * difference
    blur_row(line, w, out + 3 * stride)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def blur_column(
    rows: cython.pointer[cython.pointer[cython.const[cython.float]]],
    at: cython.Py_ssize_t,
    out: cython.pointer[cython.float],
) -> cython.void:
    """IN eleven rows. OUT out (64,): the window's mean at the 64 columns from `at` on."""
    x: cython.int
    r0: cython.pointer[cython.const[cython.float]] = rows[0] + at
    r1: cython.pointer[cython.const[cython.float]] = rows[1] + at
    r2: cython.pointer[cython.const[cython.float]] = rows[2] + at
    r3: cython.pointer[cython.const[cython.float]] = rows[3] + at
    r4: cython.pointer[cython.const[cython.float]] = rows[4] + at
    r5: cython.pointer[cython.const[cython.float]] = rows[5] + at
    r6: cython.pointer[cython.const[cython.float]] = rows[6] + at
    r7: cython.pointer[cython.const[cython.float]] = rows[7] + at
    r8: cython.pointer[cython.const[cython.float]] = rows[8] + at
    r9: cython.pointer[cython.const[cython.float]] = rows[9] + at
    r10: cython.pointer[cython.const[cython.float]] = rows[10] + at
    for x in range(64):
        out[x] = (
            TAP0 * r5[x]
            + TAP1 * (r4[x] + r6[x])
            + TAP2 * (r3[x] + r7[x])
            + TAP3 * (r2[x] + r8[x])
            + TAP4 * (r1[x] + r9[x])
            + TAP5 * (r0[x] + r10[x])
        )


def artifact_sums(
    a: cython.const[cython.float][:, ::1], b: cython.const[cython.float][:, ::1], sums: cython.double[::1]
) -> None:
    """One plane of SSIMULACRA 2.1. IN a, b (h, w) the original and the other, h >= 5. OUT sums (6,): over all pixels,
    the error of structure and its 4th power; new edges and theirs; lost edges and theirs.

    The window sees the mirror image above and below the picture, and 0 beside it.
    """
    h: cython.Py_ssize_t = a.shape[0]
    w: cython.Py_ssize_t = a.shape[1]
    stride: cython.Py_ssize_t = (w + 63) // 64 * 64
    y: cython.Py_ssize_t
    at: cython.Py_ssize_t
    row: cython.Py_ssize_t
    x: cython.int
    j: cython.int
    q: cython.int
    count: cython.int
    m1: cython.float[64]
    m2: cython.float[64]
    squares: cython.float[64]
    spread: cython.float[64]
    first: cython.float[64]
    second: cython.float[64]
    total: cython.double[64][6]
    rows: cython.pointer[cython.const[cython.float]][11][4]
    error: cython.float
    edge1: cython.float
    edge2: cython.float
    apart: cython.float
    new: cython.float
    lost: cython.float
    value: cython.double
    one: cython.float = 1.0
    c2: cython.float = 0.0009
    # Eleven rows in turn, and the line that is being blurred.
    room: cython.pointer[cython.float] = cython.cast(
        cython.pointer[cython.float], calloc(11 * 4 * stride + stride + 16, cython.sizeof(cython.float))
    )
    if room == cython.NULL:
        raise MemoryError
    with cython.nogil:
        for q in range(6):
            for x in range(64):
                total[q][x] = 0.0
        for y in range(-5, h):
            if y + 5 < h:
                blur_rows(
                    cython.address(a[y + 5, 0]),
                    cython.address(b[y + 5, 0]),
                    w,
                    stride,
                    room + 44 * stride,
                    room + (y + 5) % 11 * 4 * stride,
                )
            if y < 0:
                continue
            for j in range(11):
                row = y + j - 5
                if row < 0:
                    row = -1 - row
                if row >= h:
                    row = 2 * h - 1 - row
                for q in range(4):
                    rows[q][j] = room + (row % 11 * 4 + q) * stride
            for at in range(0, w, 64):
                count = cython.cast(cython.int, w - at) if w - at < 64 else 64
                blur_column(rows[0], at, m1)
                blur_column(rows[1], at, m2)
                blur_column(rows[2], at, squares)
                blur_column(rows[3], at, spread)
                if count < 64:  # what lies beside the picture is equal in both
                    for x in range(count, 64):
                        first[x] = m1[x] = m2[x] = second[x] = spread[x] = squares[x] = 0.0
                memcpy(first, cython.address(a[y, at]), count * cython.sizeof(cython.float))
                memcpy(second, cython.address(b[y, at]), count * cython.sizeof(cython.float))
                for x in range(64):
                    apart = (m1[x] - m2[x]) * (m1[x] - m2[x])
                    error = (spread[x] - apart) / ((squares[x] - (m1[x] * m1[x] + m2[x] * m2[x])) + c2)
                    error = apart + (one - apart) * error
                    spread[x] = error if error > 0 else 0
                for x in range(64):
                    edge1 = first[x] - m1[x]
                    edge1 = edge1 if edge1 > 0 else -edge1
                    edge2 = second[x] - m2[x]
                    edge2 = edge2 if edge2 > 0 else -edge2
                    apart = (edge2 - edge1) / (one + edge1)
                    new = apart if apart > 0 else 0
                    lost = -apart if apart < 0 else 0
                    first[x] = new
                    second[x] = lost
                for x in range(64):
                    value = spread[x]
                    total[0][x] += value
                    value = value * value
                    total[1][x] += value * value
                for x in range(64):
                    value = first[x]
                    total[2][x] += value
                    value = value * value
                    total[3][x] += value * value
                for x in range(64):
                    value = second[x]
                    total[4][x] += value
                    value = value * value
                    total[5][x] += value * value
        for q in range(6):
            sums[q] = 0.0
            for x in range(64):
                sums[q] += total[q][x]
    free(room)


def structure_sums(
    a: cython.const[cython.float][:, ::1],
    b: cython.const[cython.float][:, ::1],
    c1: cython.float,
    c2: cython.float,
    sums: cython.double[::1],
) -> None:
    """IN a, b (h, w), h and w >= 11; c1, c2 the constants of SSIM. OUT sums (2,): SSIM, and its part without the
    means, over the (h - 10) x (w - 10) places where the window is inside the picture."""
    h: cython.Py_ssize_t = a.shape[0]
    w: cython.Py_ssize_t = a.shape[1]
    stride: cython.Py_ssize_t = (w + 63) // 64 * 64
    y: cython.Py_ssize_t
    at: cython.Py_ssize_t
    x: cython.int
    j: cython.int
    q: cython.int
    m1: cython.float[64]
    m2: cython.float[64]
    squares: cython.float[64]
    spread: cython.float[64]
    total: cython.double[64][2]
    rows: cython.pointer[cython.const[cython.float]][11][4]
    apart: cython.float
    both: cython.float
    contrast: cython.float
    one: cython.float = 1.0
    room: cython.pointer[cython.float] = cython.cast(
        cython.pointer[cython.float], calloc(11 * 4 * stride + stride + 16, cython.sizeof(cython.float))
    )
    if room == cython.NULL:
        raise MemoryError
    with cython.nogil:
        for q in range(2):
            for x in range(64):
                total[q][x] = 0.0
        for y in range(h):
            blur_rows(
                cython.address(a[y, 0]),
                cython.address(b[y, 0]),
                w,
                stride,
                room + 44 * stride,
                room + y % 11 * 4 * stride,
            )
            if y < 10:
                continue
            for j in range(11):
                for q in range(4):
                    rows[q][j] = room + ((y - 10 + j) % 11 * 4 + q) * stride
            for at in range(0, w, 64):
                blur_column(rows[0], at, m1)
                blur_column(rows[1], at, m2)
                blur_column(rows[2], at, squares)
                blur_column(rows[3], at, spread)
                for x in range(64):
                    apart = (m1[x] - m2[x]) * (m1[x] - m2[x])
                    both = m1[x] * m1[x] + m2[x] * m2[x]
                    contrast = one - (spread[x] - apart) / ((squares[x] - both) + c2)
                    spread[x] = contrast
                    m1[x] = (one - apart / (both + c1)) * contrast
                for x in range(64):
                    if 5 <= at + x < w - 5:
                        total[0][x] += m1[x]
                        total[1][x] += spread[x]
        for q in range(2):
            sums[q] = 0.0
            for x in range(64):
                sums[q] += total[q][x]
    free(room)
