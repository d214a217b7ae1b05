"""How much of a picture has nearly the same color, for every color of it. Compiled by Cython.

Colors are sorted into cubes of OKLab, and the cubes' weights are added up along b. A ball around a color is then a
few dozen runs of cubes: those wholly inside count as they are, and only in those its surface cuts are colors looked at
one by one. Most colors are decided by the runs around their cube alone.
"""

import cython
from cython.cimports.libc.math import sqrt
from cython.cimports.libc.stdint import int16_t, int32_t, int64_t, uint8_t, uint32_t
from cython.cimports.libc.string import memset

# A cube's side is 2**8 grid steps (1/64); these are the lowest a and b, and how many cubes each axis needs for sRGB.
SIDE_BITS = cython.declare(cython.int, 8)
LOWEST_A = cython.declare(cython.int, -4096)
LOWEST_B = cython.declare(cython.int, -5376)
CUBES_L = cython.declare(cython.int, 65)
CUBES_A = cython.declare(cython.int, 34)
CUBES_B = cython.declare(cython.int, 34)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def reach(square: cython.double) -> cython.int:
    """The root of a square rounded down, -1 if it is negative."""
    return -1 if square < 0.0 else cython.cast(cython.int, sqrt(square))


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def between(value: cython.int, low: cython.int, high: cython.int) -> cython.int:
    """The value, or the end of low..high that it lies beyond."""
    return low if value < low else high if value > high else value


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def count_near(
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[int64_t][::1],
    order: int32_t[::1],
    starts: int32_t[::1],
    ends: int64_t[::1],
    low_l: cython.int,
    high_l: cython.int,
    low_a: cython.int,
    high_a: cython.int,
    low_b: cython.int,
    high_b: cython.int,
    square: cython.int,
    least: int64_t,
    most: int64_t,
    exact: cython.bint,
) -> cython.int:
    """Whether the weight within a radius of every point of a box is in least..most: 1 yes, 0 no, -1 not known.

    The box is low..high in each coordinate, the radius is given squared. With exact the box is one point, and what
    the runs of cubes leave open is counted color by color.
    """
    inside: int64_t = 0
    around: int64_t = 0
    radius: cython.int = reach(square) + 1
    side: cython.int = 1 << SIDE_BITS
    i: cython.int
    j: cython.int
    column: cython.int
    near: cython.int
    far: cython.int
    first: cython.int
    last: cython.int
    inner_first: cython.int
    inner_last: cython.int
    c: cython.int
    row: cython.int
    place: cython.int
    near_l: cython.double
    far_l: cython.double
    near_a: cython.double
    far_a: cython.double
    dl: cython.int
    da: cython.int
    db: cython.int
    phase: cython.int
    first_l: cython.int = between((low_l - radius) >> SIDE_BITS, 0, CUBES_L - 1)
    last_l: cython.int = between((high_l + radius) >> SIDE_BITS, 0, CUBES_L - 1)
    first_a: cython.int = between((low_a - radius - LOWEST_A) >> SIDE_BITS, 0, CUBES_A - 1)
    last_a: cython.int = between((high_a + radius - LOWEST_A) >> SIDE_BITS, 0, CUBES_A - 1)
    for phase in range(2 if exact else 1):
        for i in range(first_l, last_l + 1):
            # How near and how far a point of the box and one of the slice of cubes can be along L.
            near = i * side
            far = near + side - 1
            near_l = near - high_l if near > high_l else low_l - far if far < low_l else 0
            far_l = far - low_l if far - low_l > high_l - near else high_l - near
            for j in range(first_a, last_a + 1):
                near = j * side + LOWEST_A
                far = near + side - 1
                near_a = near - high_a if near > high_a else low_a - far if far < low_a else 0
                far_a = far - low_a if far - low_a > high_a - near else high_a - near
                near = reach(square - near_l * near_l - near_a * near_a)
                if near < 0:
                    continue
                far = reach(square - far_l * far_l - far_a * far_a)
                column = (i * CUBES_A + j) * CUBES_B
                first = between((low_b - near - LOWEST_B) >> SIDE_BITS, 0, CUBES_B)
                last = between(((high_b + near - LOWEST_B) >> SIDE_BITS) + 1, first, CUBES_B)
                # Cubes of which even the farthest corner is near enough.
                inner_first = first
                inner_last = first
                if far >= 0:
                    inner_first = between((high_b - far - LOWEST_B + side - 1) >> SIDE_BITS, first, last)
                    inner_last = between((low_b + far - LOWEST_B + 1) >> SIDE_BITS, inner_first, last)
                if phase == 0:
                    around += ends[column + last] - ends[column + first]
                    inside += ends[column + inner_last] - ends[column + inner_first]
                    if inside > most:
                        return 0
                    continue
                c = first
                while c < last:
                    if c == inner_first and inner_first < inner_last:
                        c = inner_last
                        continue
                    for place in range(starts[column + c], starts[column + c + 1]):
                        row = order[place]
                        dl = points[row, 0] - low_l
                        da = points[row, 1] - low_a
                        db = points[row, 2] - low_b
                        if dl * dl + da * da + db * db <= square:
                            inside += weights[row]
                        else:
                            around -= weights[row]
                    c += 1
                if inside > most or around < least:
                    return 0
        if around < least:
            return 0
        if inside >= least and around <= most:
            return 1
    return -1


def rarity(
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[int64_t][::1],
    asked: cython.const[uint8_t][::1],
    square: cython.int,
    least: int64_t,
    most: int64_t,
    order: int32_t[::1],
    starts: int32_t[::1],
    ends: int64_t[::1],
    rare: uint8_t[::1],
) -> None:
    """For which of the colors asked for the weight of all colors within a radius is in least..most.

    IN points (n, 3 or more) OKLab on the grid of 2**-14; weights (n,); asked (n,) 1 or 0; square: of the radius, in
    grid steps. order (n,) and starts, ends (65 * 34 * 34 + 1,) are room to work in. OUT rare (n,) 1 or 0.
    """
    n: cython.int = cython.cast(cython.int, points.shape[0])
    cubes: cython.int = CUBES_L * CUBES_A * CUBES_B
    side: cython.int = 1 << SIDE_BITS
    i: cython.int
    cube: cython.int
    place: cython.int
    low_l: cython.int
    low_a: cython.int
    low_b: cython.int
    decided: cython.int
    wanted: cython.int
    with cython.nogil:
        memset(cython.address(starts[0]), 0, (cubes + 1) * cython.sizeof(int32_t))
        memset(cython.address(ends[0]), 0, (cubes + 1) * cython.sizeof(int64_t))
        for i in range(n):
            rare[i] = 0
            cube = cube_of(points[i, 0], points[i, 1], points[i, 2])
            starts[cube] += 1
            ends[cube + 1] += weights[i]
        place = 0
        for cube in range(cubes):
            place += starts[cube]
            starts[cube] = place
            ends[cube + 1] += ends[cube]
        starts[cubes] = n
        for i in range(n - 1, -1, -1):
            cube = cube_of(points[i, 0], points[i, 1], points[i, 2])
            starts[cube] -= 1
            order[starts[cube]] = i
        for cube in range(cubes):
            wanted = 0
            for place in range(starts[cube], starts[cube + 1]):
                wanted += asked[order[place]]
            if wanted == 0:
                continue
            low_l = (cube // (CUBES_A * CUBES_B)) * side
            low_a = (cube // CUBES_B % CUBES_A) * side + LOWEST_A
            low_b = (cube % CUBES_B) * side + LOWEST_B
            decided = count_near(
                points,
                weights,
                order,
                starts,
                ends,
                low_l,
                low_l + side - 1,
                low_a,
                low_a + side - 1,
                low_b,
                low_b + side - 1,
                square,
                least,
                most,
                False,
            )
            if decided == 0:
                continue
            for place in range(starts[cube], starts[cube + 1]):
                i = order[place]
                if asked[i] == 0:
                    continue
                if decided == 1:
                    rare[i] = 1
                    continue
                rare[i] = (
                    count_near(
                        points,
                        weights,
                        order,
                        starts,
                        ends,
                        points[i, 0],
                        points[i, 0],
                        points[i, 1],
                        points[i, 1],
                        points[i, 2],
                        points[i, 2],
                        square,
                        least,
                        most,
                        True,
                    )
                    == 1
                )


def merge_cells(
    codes: cython.const[uint32_t][::1],
    bits: cython.int,
    shifts: cython.const[int32_t][::1],
    colors: cython.const[uint8_t][:, ::1],
    weights: cython.const[int64_t][::1],
    points: cython.const[int16_t][:, ::1],
    point_weights: cython.const[int64_t][::1],
    lowest: uint32_t[::1],
    means: uint8_t[:, ::1],
    sums: int64_t[::1],
    middles: int16_t[:, ::1],
    point_sums: int64_t[::1],
) -> cython.Py_ssize_t:
    """Merges neighbors whose codes agree above the lowest few bits.

    IN codes (n,) ascending, bits of each color interleaved; shifts (9,): how many bits need not agree where the largest
    channel has 0, 1, ... 8 bits; colors (n, 3 or more); weights (n,); points (n, 4) and point_weights (n,), or none of
    them. OUT, with room for n: the lowest code of each cell, the mean of its colors and the sum of their weights, the
    mean of its points and the sum of theirs, means rounded half up. Returns how many cells there are.
    """
    n: cython.Py_ssize_t = codes.shape[0]
    known: cython.bint = points.shape[0] > 0
    i: cython.Py_ssize_t = 0
    c: cython.int
    found: cython.Py_ssize_t = 0
    level: cython.int = 0
    shift: cython.int
    code: uint32_t
    weight: int64_t
    own: int64_t
    part: cython.double
    of_color: int64_t[3]
    of_point: int64_t[4]
    with cython.nogil:
        while i < n:
            while level < 8 and (codes[i] >> (bits * level)) != 0:
                level += 1
            shift = shifts[level]
            code = codes[i] >> shift
            weight = 0
            own = 0
            for c in range(3):
                of_color[c] = 0
            for c in range(4):
                of_point[c] = 0
            while i < n and (codes[i] >> shift) == code:
                weight += weights[i]
                for c in range(3):
                    of_color[c] += weights[i] * colors[i, c]
                if known:
                    own += point_weights[i]
                    for c in range(4):
                        of_point[c] += point_weights[i] * points[i, c]
                i += 1
            lowest[found] = code << shift
            sums[found] = weight
            part = 1.0 / cython.cast(cython.double, weight)
            for c in range(3):
                means[found, c] = cython.cast(uint8_t, cython.cast(cython.int, of_color[c] * part + 0.5))
            if known:
                point_sums[found] = own
                part = 1.0 / cython.cast(cython.double, own)
                for c in range(4):  # above -16384, so that casting rounds down
                    middles[found, c] = cython.cast(
                        int16_t, cython.cast(cython.int, of_point[c] * part + 16384.5) - 16384
                    )
            found += 1
    return found


def rare_cubes(
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[int64_t][::1],
    asked: cython.const[uint8_t][::1],
    square: cython.int,
    least: int64_t,
    most: int64_t,
    sums: int64_t[:, ::1],
    states: uint8_t[::1],
    rare: uint8_t[::1],
) -> None:
    """For which of the colors asked for the weight of the cubes around their own is in least..most.

    That is of all cubes whose middles are within a radius of its own.
    IN points (n, 3 or more) OKLab on the grid of 2**-14; weights (n,); asked (n,) 1 or 0; square: of the radius, at
    most 6.99 sides. sums (65 * 34, 50) and states (65 * 34 * 34,) are room to work in. OUT rare (n,) 1 or 0.
    """
    n: cython.Py_ssize_t = points.shape[0]
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    cube: cython.int
    column: cython.int
    turn: cython.int
    turns: cython.int = 0
    far: cython.int
    dl: cython.int
    da: cython.int
    slab: cython.int
    a: cython.int
    b: cython.int
    total: int64_t
    runs: cython.pointer[cython.const[int64_t]]
    # The columns around one, the nearest first, and how far their cubes reach up and down.
    across_l: cython.int[169]
    across_a: cython.int[169]
    halves: cython.int[169]
    with cython.nogil:
        memset(cython.address(sums[0, 0]), 0, CUBES_L * CUBES_A * 50 * cython.sizeof(int64_t))
        memset(cython.address(states[0]), 0, CUBES_L * CUBES_A * CUBES_B)
        for i in range(n):
            cube = cube_of(points[i, 0], points[i, 1], points[i, 2])
            column = cube // CUBES_B
            sums[column, cube - column * CUBES_B + 9] += weights[i]
        # sums[column, x]: the weight of the cubes of a column before place x - 8; the last is that of the column.
        for column in range(CUBES_L * CUBES_A):
            total = 0
            for j in range(50):
                total += sums[column, j]
                sums[column, j] = total
        for far in range(73):
            for dl in range(-6, 7):
                for da in range(-6, 7):
                    if dl * dl + da * da == far and far << (2 * SIDE_BITS) <= square:
                        across_l[turns] = dl
                        across_a[turns] = da
                        halves[turns] = reach(square - (far << (2 * SIDE_BITS))) >> SIDE_BITS
                        turns += 1
        for i in range(n):
            rare[i] = 0
            if asked[i] == 0:
                continue
            cube = cube_of(points[i, 0], points[i, 1], points[i, 2])
            if states[cube] == 0:
                column = cube // CUBES_B
                b = cube - column * CUBES_B
                slab = column // CUBES_A
                a = column - slab * CUBES_A
                total = 0
                for turn in range(turns):
                    dl = slab + across_l[turn]
                    da = a + across_a[turn]
                    if 0 <= dl < CUBES_L and 0 <= da < CUBES_A:
                        runs = cython.address(sums[dl * CUBES_A + da, 8])
                        total += runs[b + halves[turn] + 1] - runs[b - halves[turn]]
                        if total > most:
                            break
                states[cube] = 2 if least <= total <= most else 1
            rare[i] = states[cube] - 1


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def cube_of(lightness: cython.int, a: cython.int, b: cython.int) -> cython.int:
    """The place of the cube that holds a color; sRGB's colors all lie in one."""
    return ((lightness >> SIDE_BITS) * CUBES_A + ((a - LOWEST_A) >> SIDE_BITS)) * CUBES_B + (
        (b - LOWEST_B) >> SIDE_BITS
    )


def tally(
    colors: cython.const[uint8_t][:, ::1],
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[int64_t][::1],
    labels: cython.const[int32_t][::1],
    palette: cython.const[uint8_t][:, ::1],
    entries: cython.const[int16_t][:, ::1],
    totals: int64_t[::1],
) -> None:
    """The weighted squared distances of colors from their entries in sRGB, and their weighted distances in OKLab.

    IN colors (n, 3 or more), points (n, 3 or more) the same in OKLab, weights (n,), labels (n,); palette (k, 3 or
    more), entries (k, 3 or more) the same in OKLab. OUT totals (2,): the latter in grid steps, each rounded down.
    """
    n: cython.Py_ssize_t = colors.shape[0]
    i: cython.Py_ssize_t = 0
    j: cython.int
    red: cython.int
    green: cython.int
    blue: cython.int
    lightness: cython.int
    a: cython.int
    b: cython.int
    x: cython.int
    y: cython.int
    z: cython.int
    squares: int64_t = 0
    lengths: int64_t = 0
    with cython.nogil:
        while i < n:
            j = labels[i]
            red = palette[j, 0]
            green = palette[j, 1]
            blue = palette[j, 2]
            lightness = entries[j, 0]
            a = entries[j, 1]
            b = entries[j, 2]
            while i < n and labels[i] == j:  # neighbors mostly have the same
                x = colors[i, 0] - red
                y = colors[i, 1] - green
                z = colors[i, 2] - blue
                squares += weights[i] * (x * x + y * y + z * z)
                x = points[i, 0] - lightness
                y = points[i, 1] - a
                z = points[i, 2] - b
                lengths += weights[i] * cython.cast(cython.int, sqrt(cython.cast(cython.double, x * x + y * y + z * z)))
                i += 1
    totals[0] = squares
    totals[1] = lengths


def cover(
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[int64_t][::1],
    entries: cython.const[int16_t][:, ::1],
    square: cython.int,
    totals: int64_t[::1],
) -> None:
    """The weight within a radius around each entry.

    IN points (n, 3 or more); weights (n,); entries (m, 3 or more); square: of the radius. OUT totals (m,).
    """
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    x: cython.int
    y: cython.int
    z: cython.int
    total: int64_t
    with cython.nogil:
        for j in range(entries.shape[0]):
            total = 0
            for i in range(points.shape[0]):
                x = points[i, 0] - entries[j, 0]
                y = points[i, 1] - entries[j, 1]
                z = points[i, 2] - entries[j, 2]
                if x * x + y * y + z * z <= square:
                    total += weights[i]
            totals[j] = total


def look_up(
    pixels: cython.const[uint8_t][:, ::1],
    table: cython.const[uint8_t][::1],
    found: uint8_t[::1],
) -> None:
    """What a table says of each pixel's cell of 4 x 4 x 4 colors.

    IN pixels (n, 3); table (2**18,): cells in the order red, green, blue. OUT found (n,).
    """
    i: cython.Py_ssize_t
    with cython.nogil:
        for i in range(pixels.shape[0]):
            found[i] = table[
                (cython.cast(cython.int, pixels[i, 0]) >> 2 << 12)
                | (cython.cast(cython.int, pixels[i, 1]) >> 2 << 6)
                | (cython.cast(cython.int, pixels[i, 2]) >> 2)
            ]
