"""What compiled kernels must compute, said in NumPy.

These functions are the definition: tests compare the kernels with them, bit for bit. They are meant to be read,
not to be fast. What goes on from pixel to pixel is defined in tests/definitions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def morton_codes(colors: npt.NDArray[np.uint8]) -> Ints:
    """(n, d) colors -> (n,) codes: bit b of channel c becomes bit b * d + (d - 1 - c)."""
    n, d = colors.shape
    codes = np.zeros(n, np.int64)
    for channel in range(d):
        for bit in range(8):
            codes |= ((colors[:, channel].astype(np.int64) >> bit) & 1) << (bit * d + d - 1 - channel)
    return codes


def count_colors(pixels: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], Ints]:
    """(n, d) pixels -> the distinct colors in Morton order, and how often each occurs."""
    _, first, counts = np.unique(morton_codes(pixels), return_index=True, return_counts=True)
    return pixels[first], counts.astype(np.int64)


def squared_distances(points: npt.NDArray[Any], centroids: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(n, d) and (k, d) -> (n, k): the squares are added in the order of the coordinates."""
    total = np.zeros((len(points), len(centroids)), np.result_type(points, centroids))
    for j in range(points.shape[1]):
        difference = points[:, None, j] - centroids[None, :, j]
        total = total + difference * difference
    return total


def nearest(points: npt.NDArray[Any], centroids: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    """(n,) the row of the nearest centroid; of several equally near ones the first."""
    return squared_distances(points, centroids).argmin(axis=1).astype(np.int32)


def cluster_sums(
    points: npt.NDArray[Any], weights: npt.NDArray[Any], labels: npt.NDArray[np.int32], k: int
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The weight of each cluster (k,) and the weighted sum of its points (k, d)."""
    total = np.zeros((k, points.shape[1]), np.result_type(points, weights))
    weight = np.zeros(k, weights.dtype)
    np.add.at(weight, labels, weights)
    np.add.at(total, labels, points * weights[:, None])
    return weight, total


def second_moments(points: Ints, weights: Ints, labels: npt.NDArray[np.int32], k: int) -> Ints:
    """(k, d, d): for each cluster the weighted sum of the outer products of its points."""
    moments = np.zeros((k, points.shape[1], points.shape[1]), np.int64)
    np.add.at(moments, labels, weights[:, None, None] * points[:, :, None] * points[:, None, :])
    return moments


def light(lightness: Ints, alpha: npt.NDArray[np.uint8] | None) -> list[Ints]:
    """(h, w) L in 2**-12, and (h, w) alpha, or None for an opaque picture -> what is seen over black and, where alpha
    is, over white (less 1)."""
    if alpha is None:
        return [lightness]
    dark = lightness * alpha // 255
    return [dark, dark - (4096 * alpha.astype(np.int64) + 127) // 255]


def variances(plane: Ints, side: int) -> Ints:
    """(h, w): side**4 times the variance of the side x side pixels around each; beyond its edges a plane goes on as it
    ends."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(plane, side // 2, mode="edge"), (side, side))
    return side**2 * (windows**2).sum(axis=(2, 3)) - windows.sum(axis=(2, 3)) ** 2


def masking(
    lightness: Ints,
    alpha: npt.NDArray[np.uint8] | None,
    half_weight: float,
    half_edge: float,
    half_flat: float,
    gain: float,
) -> tuple[Ints, Ints]:
    """(h, w) L in 2**-12 and alpha, as in `light` -> weights in 2**-13, flatness in 255ths.

    Of 3 x 3 pixels around each, and of 7 x 7, the larger variance over black and over white. A weight falls with the
    first, less so the less the least of those within two pixels is; flatness falls with the second.
    """
    layers = light(lightness, alpha)
    three, seven = (np.maximum.reduce([variances(layer, side) for layer in layers]) for side in (3, 7))
    padded = np.pad(three, 2, constant_values=np.iinfo(np.int64).max)
    near = np.lib.stride_tricks.sliding_window_view(padded, (5, 5)).min(axis=(2, 3))

    def halves(half: float, values: Ints, side: int) -> Floats:
        limit = half * half * float(1 << 24) * side**4
        return np.asarray(limit / (limit + values), np.float64)

    weight = np.sqrt(halves(half_weight, three, 3))
    weight = weight + (1.0 - weight) * halves(half_edge, near, 3)
    flat = halves(half_flat, seven, 7)
    weights = (8192.0 * (weight * (1.0 + gain * flat)) + 0.5).astype(np.int64)
    if alpha is not None:
        weights[alpha == 0] = 0
    return weights, (255.0 * flat + 0.5).astype(np.int64)


def cheapest_words(blocks: npt.NDArray[Any], words: npt.NDArray[Any], costs: Ints) -> npt.NDArray[np.int32]:
    """(n,) the word of the least squared distance plus cost; of several equally good ones the first."""
    distances = squared_distances(blocks.astype(np.int64), words.astype(np.int64))
    return (distances + costs).argmin(axis=1).astype(np.int32)


def best_domains(
    ranges: npt.NDArray[Any], domains: npt.NDArray[Any], starts: Ints, ends: Ints, limit: float
) -> tuple[npt.NDArray[np.int32], Ints]:
    """(n,) the domain of starts..ends that, times a contrast up to limit, is nearest to each range, or -1; products."""
    products = ranges.astype(np.int64) @ domains.astype(np.int64).T
    energies = np.maximum((domains.astype(np.int64) ** 2).sum(axis=1), 1)
    contrasts = np.minimum(products / energies, limit)
    gains = np.where(
        products <= limit * energies,
        products.astype(np.float64) ** 2 / energies,
        contrasts * (2 * products - limit * energies),
    )
    rows = np.arange(len(domains))
    tried = (rows >= starts[:, None]) & (rows < ends[:, None]) & (products > 0)
    gains = np.where(tried, gains, 0.0)
    best = np.where(gains.max(axis=1) > 0, gains.argmax(axis=1), -1).astype(np.int32)
    return best, np.where(best >= 0, products[np.arange(len(ranges)), best], 0)


def bin_codes(pixels: npt.NDArray[np.uint8]) -> Ints:
    """(n, 4) visible pixels, straight alpha -> (n,) the Morton code of the five high bits of alpha times red, green and
    blue, and above that the level of alpha: 0 to 29, and 30 of what is opaque."""
    wide = pixels.astype(np.int64)
    alpha = wide[:, 3:]
    colors = (2 * alpha * wide[:, :3] + 255) // 510
    levels = np.where(alpha == 255, 30, (alpha - 1) * 30 // 254)[:, 0]
    return morton_codes((colors >> 3).astype(np.uint8)) + (levels << 15)


def bin_sums(pixels: npt.NDArray[np.uint8]) -> tuple[Ints, Ints]:
    """(n, 4) visible pixels -> the codes of their bins, ascending; and for each (5,) its pixels and the sums over them
    of alpha times red, green and blue, and of alpha."""
    wide = pixels.astype(np.int64)
    codes, bins = np.unique(bin_codes(pixels), return_inverse=True)
    sums = np.zeros((len(codes), 5), np.int64)
    np.add.at(sums, bins, np.concatenate([np.ones_like(wide[:, 3:]), wide[:, 3:] * wide[:, :3], wide[:, 3:]], axis=1))
    return codes, sums


def cut_bins(codes: Ints, sums: Ints, apart: int, k: int) -> npt.NDArray[np.int32]:
    """(n,) the box of each bin: the box whose best cut lowers the squared error most is cut in two until there are k.

    A cut parts a box along red, green, blue or alpha. apart: no box has bins from both sides of this row. Of equally
    good cuts the first is taken: the first box, then axis, then place.
    """
    places = np.stack([(codes >> (2 - c)) & 1 for c in range(3)] + [codes >> 15], axis=1)
    for bit in range(1, 5):
        places[:, :3] += np.stack([((codes >> (3 * bit + 2 - c)) & 1) << bit for c in range(3)], axis=1)
    vectors = np.concatenate([sums[:, :1], 2 * sums[:, 1:4] - 255 * sums[:, 4:], 442 * sums[:, 4:]], axis=1)
    rows = np.arange(len(codes))
    boxes = [rows[:apart], rows[apart:]] if 0 < apart < len(codes) and k > 1 else [rows]

    def best_cut(box: Ints) -> tuple[float, int, int]:
        """What the best cut gains, its axis, and the last place of its left side."""
        best, total = (0.0, 0, 0), vectors[box].sum(axis=0)
        for axis in range(4):
            for place in np.unique(places[box, axis])[:-1].tolist():
                before = vectors[box[places[box, axis] <= place]].sum(axis=0)
                left, whole, gain = float(before[0]), float(total[0]), 0.0
                for c in range(1, 5):
                    far = float(before[c]) * whole - float(total[c]) * left
                    gain += far * far
                gain /= left * (whole - left) * whole
                if gain > best[0]:
                    best = gain, axis, place
        return best

    cuts = [best_cut(box) for box in boxes]
    while len(boxes) < k:
        chosen = max(range(len(boxes)), key=lambda number: cuts[number][0])
        gain, axis, place = cuts[chosen]
        if gain <= 0.0:
            break
        left = places[boxes[chosen], axis] <= place
        boxes[chosen : chosen + 1], more = [boxes[chosen][left]], boxes[chosen][~left]
        boxes.append(more)
        cuts[chosen : chosen + 1] = [best_cut(boxes[chosen])]
        cuts.append(best_cut(more))
    labels = np.zeros(len(codes), np.int32)
    for number, box in enumerate(boxes):
        labels[box] = number
    return labels


def relations(
    colors: npt.NDArray[np.uint8], weights: Ints, labels: npt.NDArray[np.int32], k: int
) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """(k,) the weight of each cluster; (k, 3) that of its colors whose red is green, red is blue, green is blue; and
    (k, channels) which channels are constant in it, all of them in one without colors."""
    sizes, equal = np.zeros(k, np.int64), np.zeros((k, 3), np.int64)
    np.add.at(sizes, labels, weights)
    for pair, (one, other) in enumerate(((0, 1), (0, 2), (1, 2))):
        np.add.at(equal[:, pair], labels, np.where(colors[:, one] == colors[:, other], weights, 0))
    fixed = np.array([(colors[labels == j] == colors[labels == j][:1]).all(axis=0) for j in range(k)])
    return sizes, equal, fixed


def places(centroids: Floats, scale: int) -> npt.NDArray[np.int16]:
    """(k, d) in units -> (k, 4) in grid steps, halves to the even one, and zeros behind them."""
    steps = np.zeros((len(centroids), 4), np.int16)
    steps[:, : centroids.shape[1]] = np.rint(centroids * scale)
    return steps


def means(weights: Ints, totals: Ints, otherwise: Floats, scale: int, grid: int) -> Floats:
    """(k, d) the mean of each cluster, rounded half up to multiples of `grid` steps; of an empty one `otherwise`."""
    step = np.where(weights > 0, weights, 1)[:, None] * grid
    found = (2 * totals + step) // (2 * step) * grid / scale
    return np.where(weights[:, None] > 0, found, otherwise)


def inertia(weights: Ints, totals: Ints, centroids: npt.NDArray[np.int16], squares: int) -> int:
    """The weighted sum of squared distances: of w x^2, less 2 c times that of w x, and c^2 times that of w."""
    wide = centroids.astype(object)
    return int(squares - (wide * (2 * totals.astype(object) - wide * weights.astype(object)[:, None])).sum())
