"""The cheapest code words of blocks of pixels. Compiled by Cython.

`cheapest_words` in reference.py is the definition.
"""

import cython
from cython.cimports.libc.stdint import int16_t, int32_t, int64_t
from cython.cimports.pixmeans.kernels.rate_checks import check_length, check_range


def assign(
    blocks: cython.const[int16_t][:, ::1],
    heads: cython.const[int32_t][::1],
    weights: cython.const[int64_t][::1],
    words: cython.const[int16_t][:, ::1],
    word_heads: cython.const[int32_t][::1],
    costs: cython.const[int64_t][::1],
    names: cython.const[int32_t][::1],
    lead: cython.int,
    labels: int32_t[::1],
    totals: int64_t[:, ::1],
) -> cython.longlong:
    """For each block the word of the least squared distance plus cost; of equally good ones that of the lowest name.

    A word whose head differs by h is at least h h / lead away, so that words are tried from the nearest head outwards
    until none can be better.

    IN blocks (n, d), any two of blocks and words at most 4096 apart in each coordinate; heads (n,): the sums of the
    first `lead` coordinates; weights (n,); words (k >= 1, d) and word_heads (k,), ascending in word_heads; costs (k,),
    at least 0; names (k,), a permutation of 0..k-1: of the words before they were sorted. lead: 1 to d.
    OUT labels (n,): names; totals (k, 1 + d), by name: weights, and weighted coordinates, added to.
    Returns the weighted sum of squared distances, without costs. ValueError.
    """
    n: cython.Py_ssize_t = blocks.shape[0]
    d: cython.int = cython.cast(cython.int, blocks.shape[1])
    k: cython.Py_ssize_t = words.shape[0]
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    up: cython.Py_ssize_t
    down: cython.Py_ssize_t
    low: cython.Py_ssize_t
    high: cython.Py_ssize_t
    c: cython.int
    difference: cython.int
    distance: cython.int
    head: int64_t
    gap_up: int64_t
    gap_down: int64_t
    cost: int64_t
    best: int64_t
    best_distance: int64_t
    least: int64_t
    nearest: cython.Py_ssize_t
    name: cython.Py_ssize_t
    inertia: cython.longlong = 0
    block: cython.pointer[cython.const[int16_t]]
    word: cython.pointer[cython.const[int16_t]]
    check_length("heads", heads.shape[0], n)
    check_length("weights", weights.shape[0], n)
    check_length("labels", labels.shape[0], n)
    check_range("words", k, 1, 1 << 30)
    check_length("coordinates of words", words.shape[1], d)
    check_range("coordinates", d, 1, 64)
    check_length("word_heads", word_heads.shape[0], k)
    check_length("costs", costs.shape[0], k)
    check_length("names", names.shape[0], k)
    check_range("lead", lead, 1, d)
    check_length("totals", totals.shape[0], k)
    check_length("coordinates of totals", totals.shape[1], d + 1)
    for j in range(k):
        if names[j] < 0 or names[j] >= k:
            raise ValueError(f"names must be 0 to {k - 1}, got {names[j]}")
    with cython.nogil:
        least = costs[0]
        for j in range(k):
            if costs[j] < least:
                least = costs[j]
        for i in range(n):
            block = cython.address(blocks[i, 0])
            head = heads[i]
            low = 0
            high = k
            while low < high:
                j = (low + high) >> 1
                if word_heads[j] < head:
                    low = j + 1
                else:
                    high = j
            up = low
            down = low - 1
            best = cython.cast(int64_t, 1) << 50
            best_distance = 0
            nearest = 0
            while True:
                gap_up = word_heads[up] - head if up < k else cython.cast(int64_t, 1) << 30
                gap_down = head - word_heads[down] if down >= 0 else cython.cast(int64_t, 1) << 30
                if gap_up <= gap_down:
                    if up >= k or gap_up * gap_up > (best - least) * lead:
                        break
                    j = up
                    up += 1
                else:
                    if gap_down * gap_down > (best - least) * lead:
                        break
                    j = down
                    down -= 1
                word = cython.address(words[j, 0])
                distance = 0
                for c in range(d):
                    difference = block[c] - word[c]
                    distance += difference * difference
                cost = distance + costs[j]
                if cost < best or (cost == best and names[j] < names[nearest]):
                    best = cost
                    best_distance = distance
                    nearest = j
            name = names[nearest]
            labels[i] = cython.cast(int32_t, name)
            totals[name, 0] += weights[i]
            for c in range(d):
                totals[name, 1 + c] += weights[i] * block[c]
            inertia += weights[i] * best_distance
    return inertia
