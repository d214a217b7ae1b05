"""How well each pixel's neighborhood hides errors, and OKLab by tables. Compiled by Cython.

Cone responses are sums of whole numbers and their cube roots stand in a table, so OKLab costs a few nanoseconds a
pixel: a quarter of computing it. Variances are exact: sums over windows of whole numbers. Only + - * / and roots, which
IEEE 754 fixes to the last bit. Definition of the weights: `masking` in reference.py.
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


# Rows that a ring keeps, and rows of a layer (what is seen over black, or over white): a ring of L and four of sums.
RING = cython.declare(cython.int, 8)
LAYER = cython.declare(cython.int, 12)

# More than any variance of 3 x 3 pixels.
NO_WINDOW = cython.declare(cython.int, 0x7FFFFFFF)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def light(
    pixels: cython.const[uint8_t][:, :, ::1],
    y: cython.Py_ssize_t,
    cones: cython.const[int32_t][:, :, ::1],
    roots: cython.const[uint16_t][::1],
    dark: cython.pointer[int32_t],
    bright: cython.pointer[int32_t],
) -> cython.void:
    """OUT dark, bright (w + 6): L of row y (or the nearest there is) in 2**-12, with three more at each end, as seen
    over black, and, of pictures with alpha, over white (less 1)."""
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
        dark[x + 3] = (L_LONG * l_ + L_MIDDLE * m_ + L_SHORT * s_ + 16384) >> 15
    if channels == 4:
        for x in range(width):
            dark[x + 3] = dark[x + 3] * pixels[y, x, 3] // 255
            bright[x + 3] = dark[x + 3] - (4096 * pixels[y, x, 3] + 127) // 255
    for x in range(3):
        dark[x] = dark[3]
        dark[width + 3 + x] = dark[width + 2]
        if channels == 4:
            bright[x] = bright[3]
            bright[width + 3 + x] = bright[width + 2]


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


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def variances_of_three(
    sums: cython.pointer[int32_t],
    squares: cython.pointer[int32_t],
    width: cython.Py_ssize_t,
    variances: cython.pointer[int32_t],
) -> cython.void:
    """INOUT variances (w): 81 times those of 3 x 3 pixels, where they are larger than what is there."""
    x: cython.Py_ssize_t
    s: int32_t
    s2: int32_t
    variance: int32_t
    for x in range(width):
        s = sums[x + 2] + sums[x + 3] + sums[x + 4]
        s2 = squares[x + 2] + squares[x + 3] + squares[x + 4]
        variance = 9 * s2 - s * s
        variances[x] = variances[x] if variances[x] > variance else variance


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def variances_of_seven(
    sums: cython.pointer[int32_t],
    squares: cython.pointer[int32_t],
    width: cython.Py_ssize_t,
    variances: cython.pointer[cython.double],
) -> cython.void:
    """INOUT variances (w): 2401 times those of 7 x 7 pixels, where they are larger than what is there."""
    x: cython.Py_ssize_t
    s: int32_t
    s2: int32_t
    variance: cython.double
    for x in range(width):
        s = sums[x] + sums[x + 1] + sums[x + 2] + sums[x + 3] + sums[x + 4] + sums[x + 5] + sums[x + 6]
        s2 = (
            squares[x]
            + squares[x + 1]
            + squares[x + 2]
            + squares[x + 3]
            + squares[x + 4]
            + squares[x + 5]
            + squares[x + 6]
        )
        variance = 49.0 * s2 - cython.cast(cython.double, s) * s
        variances[x] = variances[x] if variances[x] > variance else variance


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def smaller(a: int32_t, b: int32_t) -> int32_t:
    """The smaller one."""
    return a if a < b else b


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def least_of_five(
    variances: cython.pointer[int32_t], width: cython.Py_ssize_t, least: cython.pointer[int32_t]
) -> cython.void:
    """OUT least (w): the least of each variance and the two at either side, as far as there are such."""
    x: cython.Py_ssize_t
    i: cython.Py_ssize_t
    for x in range(2, width - 2):
        least[x] = smaller(
            smaller(smaller(variances[x - 2], variances[x - 1]), smaller(variances[x + 1], variances[x + 2])),
            variances[x],
        )
    for x in range(width):
        if 2 <= x < width - 2:
            continue
        least[x] = variances[x]
        for i in range(x - 2 if x > 2 else 0, x + 3 if x + 3 < width else width):
            least[x] = smaller(least[x], variances[i])


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def least_of_rows(
    rows: cython.pointer[int32_t],
    y: cython.Py_ssize_t,
    padded: cython.Py_ssize_t,
    width: cython.Py_ssize_t,
    least: cython.pointer[int32_t],
) -> cython.void:
    """OUT least (w): the least of row y and the two above and below it. rows: eight in a ring."""
    x: cython.Py_ssize_t
    a: cython.pointer[int32_t] = rows + ((y + 6) & 7) * padded
    b: cython.pointer[int32_t] = rows + ((y + 7) & 7) * padded
    c: cython.pointer[int32_t] = rows + (y & 7) * padded
    d: cython.pointer[int32_t] = rows + ((y + 1) & 7) * padded
    e: cython.pointer[int32_t] = rows + ((y + 2) & 7) * padded
    for x in range(width):
        least[x] = smaller(smaller(smaller(a[x], b[x]), smaller(d[x], e[x])), c[x])


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def weigh(
    visible: cython.pointer[cython.double],
    near: cython.pointer[int32_t],
    wide: cython.pointer[cython.double],
    width: cython.Py_ssize_t,
    limit_edge: cython.double,
    limit7: cython.double,
    gain: cython.double,
    weights: cython.pointer[uint16_t],
    flatness: cython.pointer[uint8_t],
) -> cython.void:
    """IN visible (w): what a pixel's own variance leaves of its weight; near, wide (w): the least variance of 3 x 3
    pixels nearby, that of 7 x 7; limits: of both at which they halve. OUT weights, flatness (w)."""
    x: cython.Py_ssize_t
    edge: cython.double
    flat: cython.double
    weight: cython.double
    for x in range(width):
        edge = limit_edge / (limit_edge + near[x])
        flat = limit7 / (limit7 + wide[x])
        weight = visible[x] + (1.0 - visible[x]) * edge
        flatness[x] = cython.cast(uint8_t, cython.cast(cython.int, 255.0 * flat + 0.5))
        weights[x] = cython.cast(uint16_t, cython.cast(cython.int, 8192.0 * (weight * (1.0 + gain * flat)) + 0.5))


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def sum_of(weights: cython.pointer[uint16_t], width: cython.Py_ssize_t) -> int64_t:
    """The sum of a row (w)."""
    x: cython.Py_ssize_t
    total: int64_t = 0
    for x in range(width):
        total += weights[x]
    return total


def masking(
    pixels: cython.const[uint8_t][:, :, ::1],
    top: cython.Py_ssize_t,
    bottom: cython.Py_ssize_t,
    cones: cython.const[int32_t][:, :, ::1],
    roots: cython.const[uint16_t][::1],
    half_weight: cython.double,
    half_edge: cython.double,
    half_flat: cython.double,
    gain: cython.double,
    weights: uint16_t[:, ::1],
    flatness: uint8_t[:, ::1],
) -> int:
    """Weights and flatness of the rows from top to bottom.

    IN pixels (h, w, 3 or 4); cones, roots: as in `oklab_by_tables`; half_weight, half_edge, half_flat: standard
    deviations of L at which a pixel's weight is 1/sqrt(2), at which half of what that lacks is given back beside a flat
    area, and at which flatness is 1/2; gain: what flatness adds to the weight.
    OUT weights, flatness (h, w): weights in 2**-13, 0 where alpha is; flatness times 255. Returns the sum of the
    weights, or -1 without memory.
    """
    height: cython.Py_ssize_t = pixels.shape[0]
    width: cython.Py_ssize_t = pixels.shape[1]
    padded: cython.Py_ssize_t = width + 6
    layers: cython.Py_ssize_t = 2 if pixels.shape[2] == 4 else 1
    layer: cython.Py_ssize_t
    room: cython.pointer[int32_t]
    lines: cython.pointer[int32_t]  # rows of L, eight in a ring
    dark: cython.pointer[int32_t]
    three: cython.pointer[int32_t]  # by column the sums of three and of seven rows
    seven: cython.pointer[int32_t]
    three2: cython.pointer[int32_t]  # and of their squares
    seven2: cython.pointer[int32_t]
    nothing: cython.pointer[int32_t]
    own: cython.pointer[int32_t]  # rows of variances, eight in a ring
    least: cython.pointer[int32_t]  # and the least of five in each of them
    here: cython.pointer[int32_t]
    near: cython.pointer[int32_t]
    wide: cython.pointer[cython.double]
    visible: cython.pointer[cython.double]
    x: cython.Py_ssize_t
    y: cython.Py_ssize_t
    row: cython.Py_ssize_t
    # 4096 units of L are 1; variances are times the number of pixels squared.
    limit3: cython.double = half_weight * half_weight * 16777216.0 * 81.0
    limit_edge: cython.double = half_edge * half_edge * 16777216.0 * 81.0
    limit7: cython.double = half_flat * half_flat * 16777216.0 * 2401.0
    total: int64_t = 0
    with cython.nogil:
        room = cython.cast(cython.pointer[int32_t], calloc((LAYER * layers + 2 * RING + 6) * padded, 4))
        if room != cython.NULL:
            wide = cython.cast(cython.pointer[cython.double], room)
            visible = wide + padded
            nothing = room + 4 * padded
            near = nothing + padded
            own = near + padded
            least = own + RING * padded
            dark = least + RING * padded
            for row in range(top - 3, bottom + 3):
                # Row `row` of L enters; it completes row - 1 of the variances of 3 x 3 pixels, and those of 7 x 7 and
                # the least of row - 3, which are what is written.
                y = row - 3
                light(
                    pixels,
                    row,
                    cones,
                    roots,
                    dark + ((row + 8) & 7) * padded,
                    dark + (LAYER * (layers - 1) + ((row + 8) & 7)) * padded,
                )
                here = own + ((row + 7) & 7) * padded
                for x in range(width):
                    here[x] = 0
                    wide[x] = 0.0
                for layer in range(layers):
                    lines = dark + layer * LAYER * padded
                    three = lines + RING * padded
                    seven = three + padded
                    three2 = seven + padded
                    seven2 = three2 + padded
                    add_line(
                        lines + ((row + 8) & 7) * padded,
                        nothing if row < top + 4 else lines + ((row + 1) & 7) * padded,
                        padded,
                        seven,
                        seven2,
                    )
                    add_line(
                        lines + ((row + 8) & 7) * padded,
                        nothing if row < top else lines + ((row + 5) & 7) * padded,
                        padded,
                        three,
                        three2,
                    )
                    variances_of_three(three, three2, width, here)
                    if y >= top:
                        variances_of_seven(seven, seven2, width, wide)
                if 0 <= row - 1 < height:
                    least_of_five(here, width, least + ((row + 7) & 7) * padded)
                else:
                    here = least + ((row + 7) & 7) * padded
                    for x in range(width):
                        here[x] = NO_WINDOW
                if y < top:
                    continue
                least_of_rows(least, y, padded, width, near)
                here = own + (y & 7) * padded
                for x in range(width):
                    visible[x] = limit3 / (limit3 + here[x])
                for x in range(width):  # by itself, as it keeps a loop from being vectorized
                    visible[x] = sqrt(visible[x])
                weigh(
                    visible,
                    near,
                    wide,
                    width,
                    limit_edge,
                    limit7,
                    gain,
                    cython.address(weights[y, 0]),
                    cython.address(flatness[y, 0]),
                )
                if layers == 2:
                    for x in range(width):
                        if pixels[y, x, 3] == 0:
                            weights[y, x] = 0
                total += sum_of(cython.address(weights[y, 0]), width)
        free(room)
    return total if room != cython.NULL else -1


def scale(table: cython.const[uint16_t][::1], weights: uint16_t[::1]) -> None:
    """IN table. INOUT weights (n,): each becomes what stands at its place in the table."""
    i: cython.Py_ssize_t
    with cython.nogil:
        for i in range(weights.shape[0]):
            weights[i] = table[weights[i]]
