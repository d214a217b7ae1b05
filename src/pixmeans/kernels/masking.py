"""How well each pixel's neighbourhood hides errors, and OKLab by tables. Compiled by Cython.

Cone responses are sums of whole numbers and their cube roots stand in a table, so OKLab costs a few nanoseconds a
pixel: a quarter of computing it. Variances are exact: sums over windows of whole numbers. Only + - * / and roots, which
IEEE 754 fixes to the last bit.
"""

import cython
from cython.cimports.libc.math import sqrt
from cython.cimports.libc.stdint import int16_t, int32_t, int64_t, uint8_t, uint16_t
from cython.cimports.libc.stdlib import calloc, free

# From the cube roots of the cones' responses (15 bits) to OKLab, in 2**-12: B. Ottosson, "A perceptual color space
# for image processing" (2020).
L_LONG = cython.declare(cython.int, 862)
L_MIDDLE = cython.declare(cython.int, 3251)
L_SHORT = cython.declare(cython.int, -17)
A_LONG = cython.declare(cython.int, 8102)
A_MIDDLE = cython.declare(cython.int, -9947)
A_SHORT = cython.declare(cython.int, 1845)
B_LONG = cython.declare(cython.int, 106)
B_MIDDLE = cython.declare(cython.int, 3206)
B_SHORT = cython.declare(cython.int, -3312)


def oklab_by_tables(
    colors: cython.const[uint8_t][:, ::1],
    cones: cython.const[int32_t][:, :, ::1],
    roots: cython.const[uint16_t][::1],
    chroma: cython.int,
    steps: int16_t[:, ::1],
) -> None:
    """IN colors (n, 3 or 4) sRGB; cones (3, 256, 3): by channel and byte what it adds to the responses, in 2**-16;
    roots: the cube root of each response, in 2**-15; chroma: what a and b are multiplied by, in 256ths. OUT steps
    (n, 3): L, a and b in 2**-14, not premultiplied."""
    i: cython.Py_ssize_t
    l_: int32_t
    m_: int32_t
    s_: int32_t
    a: int32_t
    b: int32_t
    with cython.nogil:
        for i in range(colors.shape[0]):
            l_ = roots[cones[0, colors[i, 0], 0] + cones[1, colors[i, 1], 0] + cones[2, colors[i, 2], 0]]
            m_ = roots[cones[0, colors[i, 0], 1] + cones[1, colors[i, 1], 1] + cones[2, colors[i, 2], 1]]
            s_ = roots[cones[0, colors[i, 0], 2] + cones[1, colors[i, 1], 2] + cones[2, colors[i, 2], 2]]
            steps[i, 0] = cython.cast(int16_t, (L_LONG * l_ + L_MIDDLE * m_ + L_SHORT * s_ + 4096) >> 13)
            a = (A_LONG * l_ + A_MIDDLE * m_ + A_SHORT * s_ + 4096) >> 13
            b = (B_LONG * l_ + B_MIDDLE * m_ + B_SHORT * s_ + 4096) >> 13
            steps[i, 1] = cython.cast(int16_t, (chroma * a + 128) >> 8)
            steps[i, 2] = cython.cast(int16_t, (chroma * b + 128) >> 8)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def light(
    pixels: cython.const[uint8_t][:, :, ::1],
    y: cython.Py_ssize_t,
    cones: cython.const[int32_t][:, :, ::1],
    roots: cython.const[uint16_t][::1],
    line: cython.pointer[int32_t],
) -> cython.void:
    """OUT line (w + 6): L of row y (or the nearest there is) in 2**-12, times alpha, with three more at each end."""
    x: cython.Py_ssize_t
    width: cython.Py_ssize_t = pixels.shape[1]
    channels: cython.Py_ssize_t = pixels.shape[2]
    l_: int32_t
    m_: int32_t
    s_: int32_t
    p: cython.pointer[cython.const[uint8_t]]
    y = 0 if y < 0 else y
    y = pixels.shape[0] - 1 if y >= pixels.shape[0] else y
    for x in range(width):
        p = cython.address(pixels[y, x, 0])
        l_ = roots[cones[0, p[0], 0] + cones[1, p[1], 0] + cones[2, p[2], 0]]
        m_ = roots[cones[0, p[0], 1] + cones[1, p[1], 1] + cones[2, p[2], 1]]
        s_ = roots[cones[0, p[0], 2] + cones[1, p[1], 2] + cones[2, p[2], 2]]
        l_ = (L_LONG * l_ + L_MIDDLE * m_ + L_SHORT * s_ + 16384) >> 15
        if channels == 4:
            l_ = l_ * p[3] // 255
        line[x + 3] = l_
    for x in range(3):
        line[x] = line[3]
        line[width + 3 + x] = line[width + 2]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_line(
    line: cython.pointer[int32_t],
    gone: cython.pointer[int32_t],
    n: cython.Py_ssize_t,
    sums: cython.pointer[int32_t],
    squares: cython.pointer[int32_t],
) -> cython.void:
    """Lets a line enter and another leave the sums of columns."""
    x: cython.Py_ssize_t
    for x in range(n):
        sums[x] += line[x] - gone[x]
        squares[x] += line[x] * line[x] - gone[x] * gone[x]


def masking(
    pixels: cython.const[uint8_t][:, :, ::1],
    top: cython.Py_ssize_t,
    bottom: cython.Py_ssize_t,
    cones: cython.const[int32_t][:, :, ::1],
    roots: cython.const[uint16_t][::1],
    half_weight: cython.double,
    half_flat: cython.double,
    gain: cython.double,
    weights: uint16_t[:, ::1],
    flatness: uint8_t[:, ::1],
) -> int:
    """Weights and flatness of the rows from top to bottom.

    IN pixels (h, w, 3 or 4); cones, roots: as in `oklab_by_tables`; half_weight, half_flat: standard deviations of L
    at which a pixel's weight is 1/sqrt(2) and its flatness 1/2; gain: what flatness adds to the weight.
    OUT weights, flatness (h, w): weights in 2**-13, 0 where alpha is; flatness times 255. Returns the sum of the
    weights, or -1 without memory.
    """
    width: cython.Py_ssize_t = pixels.shape[1]
    padded: cython.Py_ssize_t = width + 6
    lines: cython.pointer[int32_t]
    three: cython.pointer[int32_t]
    seven: cython.pointer[int32_t]
    three2: cython.pointer[int32_t]
    seven2: cython.pointer[int32_t]
    nothing: cython.pointer[int32_t]
    x: cython.Py_ssize_t
    y: cython.Py_ssize_t
    s: int32_t
    s2: int32_t
    variance: cython.double
    weight: cython.double
    flat: cython.double
    # 4096 units of L are 1; variances are times the number of pixels squared.
    limit3: cython.double = half_weight * half_weight * 16777216.0 * 81.0
    limit7: cython.double = half_flat * half_flat * 16777216.0 * 2401.0
    total: int64_t = 0
    with cython.nogil:
        lines = cython.cast(cython.pointer[int32_t], calloc(13 * padded, 4))
        if lines != cython.NULL:
            three = lines + 8 * padded
            seven = lines + 9 * padded
            three2 = lines + 10 * padded
            seven2 = lines + 11 * padded
            nothing = lines + 12 * padded
            for y in range(top - 3, top + 3):
                light(pixels, y, cones, roots, lines + ((y + 8) & 7) * padded)
                add_line(lines + ((y + 8) & 7) * padded, nothing, padded, seven, seven2)
            for y in range(top - 1, top + 1):
                add_line(lines + ((y + 8) & 7) * padded, nothing, padded, three, three2)
            for y in range(top, bottom):
                light(pixels, y + 3, cones, roots, lines + ((y + 11) & 7) * padded)
                add_line(
                    lines + ((y + 11) & 7) * padded,
                    nothing if y == top else lines + ((y + 4) & 7) * padded,
                    padded,
                    seven,
                    seven2,
                )
                add_line(
                    lines + ((y + 9) & 7) * padded,
                    nothing if y == top else lines + ((y + 6) & 7) * padded,
                    padded,
                    three,
                    three2,
                )
                for x in range(width):
                    s = three[x + 2] + three[x + 3] + three[x + 4]
                    s2 = three2[x + 2] + three2[x + 3] + three2[x + 4]
                    variance = 9.0 * s2 - cython.cast(cython.double, s) * s
                    weight = sqrt(limit3 / (limit3 + variance))
                    s = (
                        seven[x]
                        + seven[x + 1]
                        + seven[x + 2]
                        + seven[x + 3]
                        + seven[x + 4]
                        + seven[x + 5]
                        + seven[x + 6]
                    )
                    s2 = (
                        seven2[x]
                        + seven2[x + 1]
                        + seven2[x + 2]
                        + seven2[x + 3]
                        + seven2[x + 4]
                        + seven2[x + 5]
                        + seven2[x + 6]
                    )
                    variance = 49.0 * s2 - cython.cast(cython.double, s) * s
                    flat = limit7 / (limit7 + variance)
                    flatness[y, x] = cython.cast(uint8_t, cython.cast(cython.int, 255.0 * flat + 0.5))
                    weights[y, x] = cython.cast(
                        uint16_t, cython.cast(cython.int, 8192.0 * (weight * (1.0 + gain * flat)) + 0.5)
                    )
                if pixels.shape[2] == 4:
                    for x in range(width):
                        if pixels[y, x, 3] == 0:
                            weights[y, x] = 0
                for x in range(width):
                    total += weights[y, x]
        free(lines)
    return total if lines != cython.NULL else -1


def scale(table: cython.const[uint16_t][::1], weights: uint16_t[::1]) -> None:
    """IN table. INOUT weights (n,): each becomes what stands at its place in the table."""
    i: cython.Py_ssize_t
    with cython.nogil:
        for i in range(weights.shape[0]):
            weights[i] = table[weights[i]]
