"""Second moments of clusters, the directions in which they are widest, and cutting boxes of points in two.

Compiled by Cython. Points are up to four int16 coordinates, sums are int64 and exact; what is float64 is computed
in a fixed order. Definition of the moments: `second_moments` in reference.py. What weights may add up to functions say.
"""

import cython
from cython.cimports.libc.math import sqrt
from cython.cimports.libc.stdint import int16_t, int32_t, int64_t
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.libc.string import memset

BINS = cython.declare(cython.int, 256)  # of a box along a direction: it may be cut between any two


def second_moments(
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[int64_t][::1],
    labels: cython.const[int32_t][::1],
    moments: int64_t[:, ::1],
) -> None:
    """Adds up weight times products of coordinates, cluster by cluster.

    IN points (n, 4); weights (n,), whose sum times the square of any coordinate is below 2**63; labels (n,).
    OUT moments (k, 10): 00 01 02 03 11 12 13 22 23 33, added to.
    """
    i: cython.Py_ssize_t
    with cython.nogil:
        for i in range(points.shape[0]):
            add_products(cython.address(moments[labels[i], 0]), cython.address(points[i, 0]), weights[i])


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_products(
    moments: cython.pointer[int64_t], x: cython.pointer[cython.const[int16_t]], weight: int64_t
) -> cython.void:
    """Adds the ten products of a point's coordinates."""
    a: int64_t = weight * x[0]
    b: int64_t = weight * x[1]
    c: int64_t = weight * x[2]
    moments[0] += a * x[0]
    moments[1] += a * x[1]
    moments[2] += a * x[2]
    moments[3] += a * x[3]
    moments[4] += b * x[1]
    moments[5] += b * x[2]
    moments[6] += b * x[3]
    moments[7] += c * x[2]
    moments[8] += c * x[3]
    moments[9] += weight * x[3] * x[3]


def principal_axes(
    weights: cython.const[int64_t][::1],
    totals: cython.const[int64_t][:, ::1],
    moments: cython.const[cython.double][:, ::1],
    axes: cython.double[:, ::1],
    spreads: cython.double[:, ::1],
) -> None:
    """The direction in which each cluster is widest.

    IN weights (k,), totals (k, 4), moments (k, 10) of the clusters. OUT axes (k, 4) of length 1 (0 for a cluster
    without extent); spreads (k, 2): the variance along the axis, and the total variance.
    """
    j: cython.Py_ssize_t
    with cython.nogil:
        for j in range(weights.shape[0]):
            principal_axis(
                weights[j],
                cython.address(totals[j, 0]),
                cython.address(moments[j, 0]),
                cython.address(axes[j, 0]),
                cython.address(spreads[j, 0]),
            )


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def principal_axis(
    weight: int64_t,
    total: cython.pointer[cython.const[int64_t]],
    moments: cython.pointer[cython.const[cython.double]],
    axis: cython.pointer[cython.double],
    spread: cython.pointer[cython.double],
) -> cython.void:
    """By squaring the covariance matrix six times: its 64th power is all but the projection onto the axis."""
    matrix: cython.double[16]
    power: cython.double[16]
    square: cython.double[16]
    i: cython.int
    j: cython.int
    m: cython.int
    at: cython.int = 0
    _: cython.int
    trace: cython.double
    length: cython.double
    sum_: cython.double
    mean_i: cython.double
    for i in range(4):
        axis[i] = 0.0
    spread[0] = 0.0
    spread[1] = 0.0
    if weight <= 0:
        return
    for i in range(4):
        mean_i = cython.cast(cython.double, total[i]) / cython.cast(cython.double, weight)
        for j in range(i, 4):
            matrix[4 * i + j] = moments[at] / cython.cast(cython.double, weight) - mean_i * (
                cython.cast(cython.double, total[j]) / cython.cast(cython.double, weight)
            )
            matrix[4 * j + i] = matrix[4 * i + j]
            at += 1
    trace = matrix[0] + matrix[5] + matrix[10] + matrix[15]
    if trace <= 1e-6:  # a single point, but for rounding
        return
    spread[1] = trace
    for i in range(16):
        power[i] = matrix[i] / trace
    for _ in range(6):
        trace = 0.0
        for i in range(4):
            for j in range(4):
                sum_ = 0.0
                for m in range(4):
                    sum_ += power[4 * i + m] * power[4 * m + j]
                square[4 * i + j] = sum_
            trace += square[5 * i]
        for i in range(16):
            power[i] = square[i] / trace
    at = 0
    for i in range(1, 4):
        if power[5 * i] > power[5 * at]:
            at = i
    length = 0.0
    for i in range(4):
        length += power[4 * i + at] * power[4 * i + at]
    length = sqrt(length)
    for i in range(4):
        axis[i] = power[4 * i + at] / length
    sum_ = 0.0
    for i in range(4):
        for j in range(4):
            sum_ += axis[i] * matrix[4 * i + j] * axis[j]
    spread[0] = sum_ if sum_ > 0.0 else 0.0


Box = cython.struct(
    start=cython.Py_ssize_t,
    end=cython.Py_ssize_t,
    error=cython.double,  # squared error around the mean; -1 when the box cannot be cut
    gain=cython.double,  # by how much the best cut lowers it
    low=cython.double,  # the cut: places along the direction fall into bins of 1 / step from `low` on,
    step=cython.double,  # and those up to bin `last` are its left side
    last=cython.int,
    direction=cython.double[4],
    sums=cython.longlong[5],
)


def cut_boxes(
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[int64_t][::1],
    k: cython.int,
    principal: cython.bint,
    sums: int64_t[:, ::1],
) -> cython.int:
    """Cuts the box with the largest squared error in two until there are k.

    A cut is the place between two of 256 bins that lowers the error most, along the principal axis or along any
    coordinate (Wu, "Efficient statistical computations for optimal color quantization", Graphics Gems II, 1991).
    IN points (n, 4) distinct; weights (n,), whose sum times the square of any coordinate is below 2**63; principal:
    along principal axes, else coordinates.
    OUT sums (k, 5): weight and weighted coordinates of each box. Returns how many there are (min(k, n) unless
    points coincide).
    """
    n: cython.Py_ssize_t = points.shape[0]
    boxes: cython.pointer[Box] = cython.cast(cython.pointer[Box], malloc(k * cython.sizeof(Box)))
    order: cython.pointer[int32_t] = cython.cast(cython.pointer[int32_t], malloc(n * 4))
    spare: cython.pointer[int32_t] = cython.cast(cython.pointer[int32_t], malloc(n * 4))
    found: cython.int = 1
    worst: cython.int
    b: cython.int
    c: cython.int
    i: cython.Py_ssize_t
    left: cython.Py_ssize_t
    right: cython.Py_ssize_t
    row: int32_t
    if boxes == cython.NULL or order == cython.NULL or spare == cython.NULL:
        free(boxes)
        free(order)
        free(spare)
        raise MemoryError
    with cython.nogil:
        for i in range(n):
            order[i] = cython.cast(int32_t, i)
        boxes[0].start = 0
        boxes[0].end = n
        measure(
            cython.address(points[0, 0]),
            cython.address(weights[0]),
            order,
            cython.address(boxes[0]),
            principal,
        )
        while found < k:
            worst = -1
            for b in range(found):
                if boxes[b].error > 0.0 and (worst < 0 or boxes[b].error > boxes[worst].error):
                    worst = b
            if worst < 0:
                break
            left = boxes[worst].start
            right = 0
            for i in range(boxes[worst].start, boxes[worst].end):
                row = order[i]
                if is_left(cython.address(boxes[worst]), cython.address(points[row, 0])):
                    order[left] = row
                    left += 1
                else:
                    spare[right] = row
                    right += 1
            for i in range(right):
                order[left + i] = spare[i]
            boxes[found].start = left
            boxes[found].end = boxes[worst].end
            boxes[worst].end = left
            measure(
                cython.address(points[0, 0]),
                cython.address(weights[0]),
                order,
                cython.address(boxes[worst]),
                principal,
            )
            measure(
                cython.address(points[0, 0]),
                cython.address(weights[0]),
                order,
                cython.address(boxes[found]),
                principal,
            )
            found += 1
        for b in range(found):
            for c in range(5):
                sums[b, c] = boxes[b].sums[c]
    free(boxes)
    free(order)
    free(spare)
    return found


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def projection(x: cython.pointer[cython.const[int16_t]], direction: cython.pointer[cython.double]) -> cython.double:
    """The place of a point along a direction."""
    return x[0] * direction[0] + x[1] * direction[1] + x[2] * direction[2] + x[3] * direction[3]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def bin_of(place: cython.double, low: cython.double, step: cython.double) -> cython.int:
    """The bin a place falls into."""
    return cython.cast(cython.int, (place - low) * step)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def is_left(box: cython.pointer[Box], x: cython.pointer[cython.const[int16_t]]) -> cython.bint:
    """On which side of a box's cut a point is."""
    return bin_of(projection(x, box.direction), box.low, box.step) <= box.last


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def measure(
    points: cython.pointer[cython.const[int16_t]],
    weights: cython.pointer[cython.const[int64_t]],
    order: cython.pointer[int32_t],
    box: cython.pointer[Box],
    principal: cython.bint,
) -> cython.void:
    """Fills in everything about a box but its range: sums, error, and the best cut."""
    i: cython.Py_ssize_t
    c: cython.int
    x: cython.pointer[cython.const[int16_t]]
    weight: int64_t
    moments: int64_t[10]
    rounded: cython.double[10]
    axis: cython.double[4]
    spread: cython.double[2]
    low: int16_t[4]
    high: int16_t[4]
    memset(moments, 0, cython.sizeof(moments))
    for c in range(5):
        box.sums[c] = 0
    for c in range(4):
        low[c] = 32767
        high[c] = -32768
    for i in range(box.start, box.end):
        x = points + 4 * order[i]
        weight = weights[order[i]]
        add_products(moments, x, weight)
        box.sums[0] += weight
        for c in range(4):
            box.sums[1 + c] += weight * x[c]
            low[c] = x[c] if x[c] < low[c] else low[c]
            high[c] = x[c] if x[c] > high[c] else high[c]
    for c in range(10):
        rounded[c] = cython.cast(cython.double, moments[c])
    principal_axis(box.sums[0], cython.cast(cython.pointer[int64_t], box.sums) + 1, rounded, axis, spread)
    box.error = spread[1] * cython.cast(cython.double, box.sums[0])
    box.gain = 0.0
    if box.error <= 0.0:
        return
    if principal:
        try_cut(points, weights, order, box, axis)
    if box.gain <= 0.0:
        for c in range(4):
            if high[c] > low[c]:
                axis[0] = 0.0
                axis[1] = 0.0
                axis[2] = 0.0
                axis[3] = 0.0
                axis[c] = 1.0
                try_cut(points, weights, order, box, axis)
    if box.gain <= 0.0:
        box.error = -1.0


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def try_cut(
    points: cython.pointer[cython.const[int16_t]],
    weights: cython.pointer[cython.const[int64_t]],
    order: cython.pointer[int32_t],
    box: cython.pointer[Box],
    direction: cython.pointer[cython.double],
) -> cython.void:
    """Makes the best cut between 256 bins along a direction the box's own if it gains more than the one it has."""
    bins: int64_t[256 * 5]
    before: int64_t[5]
    i: cython.Py_ssize_t
    b: cython.int
    c: cython.int
    x: cython.pointer[cython.const[int16_t]]
    bin_: cython.pointer[int64_t]
    weight: int64_t
    place: cython.double
    low: cython.double = 1e300
    high: cython.double = -1e300
    step: cython.double
    here: cython.double
    there: cython.double
    value: cython.double
    gain: cython.double
    left: cython.double
    right: cython.double
    for i in range(box.start, box.end):
        place = projection(points + 4 * order[i], direction)
        low = place if place < low else low
        high = place if place > high else high
    if high <= low:
        return
    memset(bins, 0, cython.sizeof(bins))
    step = (BINS - 0.001) / (high - low)  # a little less than BINS: the highest place is in the last bin
    for i in range(box.start, box.end):
        x = points + 4 * order[i]
        weight = weights[order[i]]
        bin_ = bins + 5 * bin_of(projection(x, direction), low, step)
        bin_[0] += weight
        for c in range(4):
            bin_[1 + c] += weight * x[c]
    for c in range(5):
        before[c] = 0
    for b in range(BINS - 1):
        for c in range(5):
            before[c] += bins[5 * b + c]
        if bins[5 * b] == 0 or before[0] == box.sums[0]:
            continue
        left = cython.cast(cython.double, before[0])
        right = cython.cast(cython.double, box.sums[0] - before[0])
        gain = 0.0
        for c in range(1, 5):
            here = cython.cast(cython.double, before[c])
            there = cython.cast(cython.double, box.sums[c] - before[c])
            value = here / left - there / right
            gain += value * value
        gain = gain * (left * right / (left + right))
        if gain > box.gain:
            box.gain = gain
            box.low = low
            box.step = step
            box.last = b
            for c in range(4):
                box.direction[c] = direction[c]
