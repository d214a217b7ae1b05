"""What `kernels/lzw.py` and the search of `kernels/rate_gif.py` must compute, in plain Python.

Phrases are tuples of indices and paths are lists; the errors of later rows have a place for every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

F = np.float32
CODES, BLOCK = 4096, 128
NOTHING = np.zeros(4, F)
# Of sixteen entries at a time the kernel takes the first of each, then the second: it matters where costs are equal.
ORDER = [i for first in range(16) for i in range(first, 256, 16)]


class Dictionary:
    """The phrases of LZW that are longer than an index, and their codes."""

    def __init__(self, code_bits, patience):
        self.code_bits, self.patience = code_bits, patience
        self.clear()

    def clear(self):
        self.codes = {}
        self.continued = {}  # by phrase: the indices that it may go on with, the youngest first
        self.size, self.width = (1 << self.code_bits) + 2, self.code_bits + 1
        self.block, self.best = [], 0

    def code(self, phrase):
        return phrase[0] if len(phrase) == 1 else self.codes[phrase]

    def knows(self, phrase):
        return len(phrase) == 1 or phrase in self.codes

    def learn(self, phrase, index):
        """A phrase has been written and this index is next. Returns the bits of the clear code, 0 for none."""
        if self.size < CODES:
            self.codes[*phrase, index] = self.size
            self.continued.setdefault(phrase, []).insert(0, index)
            self.size += 1
            self.width = max(self.width, (self.size - 1).bit_length())
            tired = self.size == CODES and self.patience < 0
        else:
            self.block.append(len(phrase))
            said = sum(self.block)
            tired = False
            if len(self.block) == BLOCK:
                self.best, self.block = max(self.best, said), []
                tired = 256 * said < self.best * self.patience
        width = self.width
        if tired:
            self.clear()
        return width if tired else 0

    def end_width(self):
        """After the last code the decoder learns a phrase that the encoder has no index for."""
        return max(self.width, min(12, self.size.bit_length()))


def codes(indices, code_bits, patience):
    """The codes of indices and the bits that each takes."""
    dictionary = Dictionary(code_bits, patience)
    clear, found, phrase = 1 << code_bits, [(1 << code_bits, code_bits + 1)], (int(indices[0]),)
    for index in map(int, indices[1:]):
        if dictionary.knows((*phrase, index)):
            phrase = (*phrase, index)
            continue
        found.append((dictionary.code(phrase), dictionary.width))
        width = dictionary.learn(phrase, index)
        if width:
            found.append((clear, width))
        phrase = (index,)
    found.append((dictionary.code(phrase), dictionary.width))
    found.append((clear + 1, dictionary.end_width()))
    return found


def pack(indices, code_bits, patience):
    number = at = 0
    for code, width in codes(indices, code_bits, patience):
        number |= code << at
        at += width
    return number.to_bytes(-(-at // 8), "little")


@dataclass
class Path:
    cost: np.float32
    error: np.ndarray  # l, a, b, streak
    phrase: tuple[int, ...]
    codes: int
    indices: list[int]
    begun: list[int]  # codes, up to each index


@dataclass
class Pixel:
    base: np.ndarray
    keep: np.ndarray
    weight: np.float32
    streak_weight: np.float32
    locked: int | None

    def wanted(self, error):
        return self.base + self.keep * error

    def missed(self, error, entry):
        """The error that an entry leaves; the sum along the row, which goes on and on, is rounded once."""
        if self.locked is not None:
            return NOTHING
        missed = self.wanted(error) - entry
        missed[3] = (float(self.base[3]) + float(self.keep[3] * error[3])) - float(entry[3])
        return missed

    def cost(self, error):
        square = (error[..., 0] * error[..., 0] + error[..., 1] * error[..., 1]) + error[..., 2] * error[..., 2]
        return self.weight * square + self.streak_weight * (error[..., 3] * error[..., 3])


class Beam:
    """The paths that are a pixel longer; the worst makes way for a better one."""

    def __init__(self, width, margin):
        self.width, self.margin, self.paths, self.least = width, margin, [], F(1e18)

    def lets_in(self, cost):
        room = len(self.paths) < self.width or cost < max(path.cost for path in self.paths)
        return cost <= self.least + self.margin and cost < 1e15 and room

    def offer(self, path, cost, error, phrase, index, begins):
        if not self.lets_in(cost):
            return
        codes = path.codes + begins
        new = Path(cost, error, phrase, codes, [*path.indices, index], [*path.begun, codes])
        self.least = min(self.least, cost)
        if len(self.paths) < self.width:
            self.paths.append(new)
        else:
            self.paths[max(range(self.width), key=lambda place: self.paths[place].cost)] = new

    def survivors(self):
        return [path for path in self.paths if path.cost <= self.least + self.margin]


def longer(paths, pixel, dictionary, palette, width, horizon, code, slack):
    """All that may become of paths at a pixel."""
    beam = Beam(width, code * slack)
    may = [path for path in paths if path.codes < horizon]
    best = min(may, key=lambda path: path.cost, default=None)
    for path in paths:
        wanted = pixel.wanted(path.error)
        for index in dictionary.continued.get(path.phrase, []):
            phrase = (*path.phrase, index)
            if pixel.locked is None:
                error = wanted - palette[index]
                beam.offer(path, path.cost + pixel.cost(error), error, phrase, index, 0)
            elif pixel.locked == index:
                beam.offer(path, path.cost, NOTHING, phrase, index, 0)
    if best is None or best.cost + code > beam.least + beam.margin:
        return beam.survivors()
    others = [i for i in ORDER if i not in dictionary.continued.get(best.phrase, [])]
    if pixel.locked is not None:
        if pixel.locked in others:
            beam.offer(best, best.cost + code, NOTHING, (pixel.locked,), pixel.locked, 1)
        return beam.survivors()
    errors = pixel.wanted(best.error) - palette
    costs = (best.cost + code) + pixel.cost(errors)
    if others:
        beam.least = min(beam.least, costs[others].min())
    for i in others:
        beam.offer(best, costs[i], errors[i], (i,), i, 1)
    return beam.survivors()


def chosen(levels, written):
    """Of the survivors of every level the path that costs the least more than usual, as far as it is to be written."""
    best = None
    for survivors, usual in levels:
        for path in survivors:
            value = path.cost - usual
            if best is None or value <= best[0]:
                best = value, path
    length = sum(codes <= written for codes in best[1].begun)
    return best[1].indices[:length]


class Picture:
    """Pixels, what errors have come down to them, and how theirs are handed on."""

    def __init__(self, points, weights, flatness, locked, indices, entries, visual_model):
        self.points, self.weights, self.flatness, self.locked = points, weights, flatness, locked
        self.height, self.width = indices.shape
        self.indices = indices.copy()
        model = {name: F(value) for name, value in visual_model.items()}
        ways = ("share_right", "share_down_left", "share_down", "share_down_right")
        self.to_right, *self.down = (model["strength"] * model[way] for way in ways)
        self.decay, self.streak_cost = model["streak_decay"], model["streak_cost"]
        self.low, self.high = entries.min(axis=0, initial=1e3), entries.max(axis=0, initial=-1e3)
        self.errors = np.zeros((self.height + 1, self.width + 2, 3), F)  # a column to either side, and a row below

    def pixel(self, place):
        y, x = divmod(place, self.width)
        color = self.points[place].astype(F) / F(16384)
        aim = np.clip(color + self.errors[y, x + 1], np.minimum(color, self.low), np.maximum(color, self.high))
        weight = F(self.weights[y, x]) / F(256)
        return Pixel(
            base=np.append(aim, color[0]),
            keep=np.array([self.to_right] * 3 + [self.decay], F) if x > 0 else NOTHING,
            weight=weight,
            streak_weight=weight * (self.streak_cost * (F(self.flatness[y, x]) / F(255))),
            locked=int(self.indices[y, x]) if len(self.locked) and self.locked[y, x] else None,
        )

    def hand_on(self, place, error):
        y, x = divmod(place, self.width)
        for column, share in zip((x, x + 1, x + 2), self.down, strict=True):
            self.errors[y + 1, column] += share * error[:3]


def choose(
    *,
    points,
    weights,
    flatness,
    locked,
    indices,
    palette,
    k,
    code_bits,
    patience,
    lambda_,
    beam_search,
    visual_model,
):
    """Indices (h, w) and the bits of their codes; arguments as the kernel's."""
    usable = palette[:k, :3][palette[:k, 0] < 10]
    palette = palette.copy()
    palette[k:, 0] = palette[k:, 3] = F(1e9)
    picture = Picture(points, weights, flatness, locked, indices, usable, visual_model)
    lambda_ = F(lambda_)
    width, horizon, longest, written = (beam_search[name] for name in ("paths", "codes", "pixels", "written"))
    mean_decay, slack, optimism = (F(beam_search[name]) for name in ("mean_decay", "slack", "optimism"))
    horizon = horizon if lambda_ > 0 else 32767
    dictionary = Dictionary(code_bits, patience)
    bits = dictionary.width
    phrase, error, spent, covered = (), NOTHING, F(0), F(0)
    place = 0
    while place < indices.size:
        mean = spent / covered if covered > 0 else F(0)
        paths, levels = [Path(F(0), error, phrase, 0, [], [])], []
        for level in range(min(longest, indices.size - place)):
            code = lambda_ * F(dictionary.width)
            pixel = picture.pixel(place + level)
            paths = longer(paths, pixel, dictionary, palette, width, horizon, code, slack)
            levels.append((paths, mean * optimism * F(level + 1)))
        for index in chosen(levels, written):
            pixel, cost = picture.pixel(place), F(0)
            if phrase and not dictionary.knows((*phrase, index)):
                bits += dictionary.width
                cost = lambda_ * F(dictionary.width)
                bits += dictionary.learn(phrase, index)
                phrase = ()
            phrase = (*phrase, index)
            error = pixel.missed(error, palette[index])
            cost = cost + pixel.cost(error)
            picture.hand_on(place, error)
            spent, covered = spent * mean_decay + cost, covered * mean_decay + F(1)
            picture.indices.flat[place] = index
            place += 1
    return picture.indices, bits + dictionary.width + dictionary.end_width()
