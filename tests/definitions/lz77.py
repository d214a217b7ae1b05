"""What the trellis of `kernels/rate.py` must compute, in plain Python: one path a match distance, kept as a list.

`kernels/rate_trellis.h` has the recurrence in its head; `choose` follows it line by line.
"""

from __future__ import annotations

import numpy as np

F = np.float32
NEVER = F(1e18)
CANDIDATES = 16


def color_of(point):
    return np.array([*(F(c) / F(16384) for c in point), F(0)], F)


def total(v):
    return (v[0] + v[1]) + (v[2] + v[3])


def candidates(t, palette, k):
    """The entries nearest to the middle of the cell of 1/32 that a color is in."""
    light, a, b = (int(F(c) * F(32) + F(64)) - shift for c, shift in zip(t[:3], (64, 54, 54), strict=True))
    light, a, b = np.clip(light, 0, 32), np.clip(a, 0, 19), np.clip(b, 0, 19)
    middle = ((F(light) + F(0.5)) / F(32), (F(a) - F(9.5)) / F(32), (F(b) - F(9.5)) / F(32))
    away = []
    for entry in range(k):
        dl, da, db = (palette[entry][c] - middle[c] for c in range(3))
        away.append(((dl * dl + da * da) + db * db, entry))
    return [entry for _, entry in sorted(away)[:CANDIDATES]]


class State:
    """A match at a distance: what its path costs, leaves behind and says."""

    def __init__(self, distance, near):
        self.distance, self.near = distance, near

    def begin_row(self):
        self.cost, self.carried_error, self.length, self.path = NEVER, np.zeros(4, F), 0, []


def target_of(color, errors, low, high):
    """The color with its errors, no farther out than the entries reach or than it is itself."""
    return np.clip(color + errors, np.minimum(color, low), np.maximum(color, high))


def choose(
    *,
    points,
    weights,
    flatness,
    locked,
    indices,
    palette,
    k,
    lambda_,
    stream,
    literal_bits,
    length_bits,
    distances,
    distance_bits,
    visual_model,
):
    """Indices (h, w), and the counts of literals, lengths and states; arguments as the kernel's."""
    height, width = indices.shape
    lead, shortest, nearby = stream["lead"], stream["shortest"], stream["nearby"]
    line = width + lead
    lambda_, model = F(lambda_), {name: F(value) for name, value in visual_model.items()}
    longest = len(length_bits) - 1
    strength, streak_decay, feedback_decay = model["strength"], model["streak_decay"], model["feedback_decay"]
    points = points.reshape(height, width, 3)
    made = indices.copy()
    states = [State(d, number < nearby) for number, d in enumerate(distances.tolist())]
    openings = [lambda_ * (bits + length_bits[shortest]) for bits in distance_bits]
    step = (
        [F(0)] * shortest
        + [lambda_ * (length_bits[n + 1] - length_bits[n]) for n in range(shortest, longest)]
        + [NEVER]
    )
    carry = np.array([strength * model["share_right"]] * 3 + [streak_decay], F)
    usable = palette[:k][palette[:k, 0] < 10]
    low, high = usable.min(axis=0), usable.max(axis=0)
    low[3], high[3] = -1000, 1000
    above, area_error = np.zeros((width + 2, 4), F), np.zeros((width + 1, 4), F)
    columns = np.zeros(width + 1, F)
    counts = np.zeros(256, int), np.zeros(longest + 1, int), np.zeros(len(states), int)
    said: list[int] = []
    pending = None

    def count(state, length):
        counts[1][length] += 1
        counts[2][states.index(state)] += 1

    for y in range(height):
        begin = len(said)
        for state, opening in zip(states, openings, strict=True):
            state.begin_row()
            state.opening = opening if state.near or begin >= state.distance else NEVER
        if pending and pending[1] < longest:
            pending[0].cost, pending[0].length = F(0), pending[1]
        best_cost, best_error, best_path = F(0), np.zeros(4, F), []
        tokens = []  # state (None: a literal) and length of what ends at each place on the best path
        for p in range(line):
            column = p - lead
            only = 0 if column < 0 else int(made[y, column]) if len(locked) and locked[y, column] else None
            base, keep, weight, streak_weight, chroma = np.zeros(4, F), np.zeros(4, F), F(0), F(0), F(1)
            if only is None:
                base, keep = color_of(points[y, column]), carry
                base[3] = base[0]
                base = target_of(base, above[column + 1], low, high)
                weight = F(weights[y, column]) / F(256)
                flat = F(flatness[y, column]) / F(255)
                streak_weight, chroma = weight * (model["streak_cost"] * flat), F(1) + model["flat_chroma"] * flat
            q = np.array([weight, weight * chroma, weight * chroma, streak_weight], F)
            winner = None
            for state, opening in zip(states, openings, strict=True):
                d = state.distance
                if state.near:
                    state.opening = opening if d <= begin + p else NEVER
                if not state.near and d < line and d <= p:  # would copy from this very row, which is not known yet
                    state.opening = state.cost = NEVER
                if best_cost + state.opening < state.cost:
                    state.cost, state.carried_error, state.length = best_cost + state.opening, best_error, 0
                    state.path = list(best_path)
                if state.opening == NEVER and state.cost >= NEVER:
                    continue
                source = begin + p - d
                symbol = said[source] if source < begin else state.path[source - begin]
                state.path = [*state.path, symbol]
                if only is None:
                    state.carried_error = (base + keep * state.carried_error) - palette[symbol]
                    state.cost = state.cost + total((state.carried_error * state.carried_error) * q)
                else:
                    state.carried_error = np.zeros(4, F)
                    state.cost = state.cost if symbol == only else NEVER
                state.cost = state.cost + step[state.length]
                state.length = min(state.length + 1, longest)
                if state.length >= shortest and state.cost < NEVER and (winner is None or state.cost < winner.cost):
                    winner = state
            t = base + keep * best_error
            if only is None:
                below_color, below_weight = np.zeros(4, F), F(0)
                if y + 1 < height:
                    below_color = color_of(points[y + 1, column])
                    apart = below_color - base
                    apart[3] = 0
                    half = lambda_ * model["below_half_bits"]
                    below_weight = model["below_weight"] * (F(weights[y + 1, column]) / F(256))
                    below_weight = below_weight * (half / (half + below_weight * total(apart * apart)))
                chosen = None
                for entry in candidates(t, palette, k):
                    d, a, rate = t - palette[entry], below_color - palette[entry], lambda_ * literal_bits[entry]
                    square = d[0] * d[0] + chroma * (d[1] * d[1] + d[2] * d[2])
                    future = below_weight * ((a[0] * a[0] + a[1] * a[1]) + a[2] * a[2])
                    seen = ((weight * square + streak_weight * (d[3] * d[3])) + rate) + future
                    if chosen is None or seen < chosen[0]:
                        chosen = seen, entry, (weight * square + streak_weight * d[3] * d[3]) + rate
                _, entry, literal_cost = chosen
                t = t - palette[entry]
            else:
                entry, literal_cost, t = only, lambda_ * literal_bits[only], np.zeros(4, F)
            literal_cost = best_cost + literal_cost
            if winner is not None and winner.cost < literal_cost:
                best_cost, best_error, best_path = winner.cost, winner.carried_error, list(winner.path)
                tokens.append((winner, winner.length))
            else:
                best_cost, best_error, best_path = literal_cost, t, [*best_path, entry]
                tokens.append((None, 1))
        # back along the best path
        p, found = line - 1, []
        while p >= 0:
            found.append((p, *tokens[p]))
            p -= tokens[p][1]
        continues = p < -1
        if pending and not continues:
            count(*pending)
        pending = None
        for p, state, n in reversed(found):
            if state is None:
                counts[0][best_path[p]] += 1
            elif p == line - 1:
                pending = state, n
            else:
                count(state, n)
        said += best_path
        made[y] = best_path[lead:]
        # what is diffused to the next row
        below, v = np.zeros((width + 2, 4), F), np.zeros(4, F)
        alone, before = np.zeros((width + 1, 4), F), np.zeros((width + 1, 4), F)
        ways = (model["share_down_left"], model["share_down"], model["share_down_right"])
        shares = [np.array([strength * way] * 3 + [0], F) for way in ways]
        run = np.zeros(4, F)
        for p in range(1, width + 1):
            stays = len(locked) and locked[y, p - 1]
            color = color_of(points[y, p - 1])
            base = color.copy()
            base[3] = base[0]
            target = target_of(base, above[p], low, high)
            v = np.zeros(4, F) if stays else (target + carry * v) - palette[made[y, p - 1]]
            for way in range(3):
                below[p - 1 + way] = below[p - 1 + way] + shares[way] * v
            alone[p] = color - palette[made[y, p - 1]]
            columns[p] = model["column_decay"] * columns[p] + model["column_share"] * (F(0) if stays else alone[p][0])
            alone[p][3] = 1
            alone[p] = alone[p] * (F(0) if stays else F(weights[y, p - 1]) / F(256))
            run = run * feedback_decay + alone[p]
            before[p] = run
        run = np.zeros(4, F)
        for p in range(width, 0, -1):
            run = run * feedback_decay + alone[p]
            area_error[p] = area_error[p] * feedback_decay + ((before[p] + run) - alone[p])
            share = area_error[p] * (model["feedback"] / (area_error[p][3] + F(0.001)))
            share[3] = 0
            below[p] = below[p] + share
            below[p][3] = columns[p]
        above = below
    if pending:
        count(*pending)
    return made, counts
