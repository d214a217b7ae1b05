"""GIF's LZW, and a search for indices that are near the picture and in its dictionary. Compiled by Cython.

The dictionary is a trie: a node is a phrase, its children are that phrase and one more index. Nodes are numbered as
their codes would be, but for the two codes after the roots: 0..255 are single indices, others begin at 256.
Errors are floating point, each operation by itself and in one order.
"""

import cython
from cython.cimports.libc.stdint import int16_t, int32_t, uint8_t, uint16_t
from cython.cimports.libc.stdlib import calloc, free

CODES = cython.declare(cython.int, 4096)  # 12 bits at most
ROOTS = cython.declare(cython.int, 256)
NODES = cython.declare(cython.int, 4096 + 256)
FULL_BLOCK = cython.declare(cython.int, 128)  # codes between two looks at whether a full dictionary still serves

Trie = cython.struct(
    first=cython.pointer[int32_t],  # the youngest child of each node, or -1
    next=cython.pointer[int32_t],  # its next older sibling, or -1
    parent=cython.pointer[int32_t],
    symbol=cython.pointer[uint8_t],
    children=cython.pointer[int32_t],  # how many there are
    child=cython.pointer[uint16_t],  # NODES x 256: the child with an index, or 0
    code_bits=cython.int,  # of a single index
    size=cython.int,  # codes that are taken: the roots, clear, end, and phrases
    width=cython.int,  # bits of a code
    patience=cython.int,  # clear a full dictionary when a code says less than so many 256ths of what it did at best
    said=cython.int,  # pixels in this block of codes since the dictionary is full
    spoken=cython.int,  # codes in this block
    best=cython.int,  # the most pixels a block said
)


def pack(
    indices: cython.const[uint8_t][::1], code_bits: cython.int, patience: cython.int, data: uint8_t[::1]
) -> cython.Py_ssize_t:
    """LZW as GIF has it: always the longest phrase that the dictionary knows.

    IN indices (n >= 1,), below 2**code_bits; code_bits 2 to 8; patience: when a full dictionary is cleared: -1 at once,
    else when a block of codes stands for less than so many 256ths of the pixels that the best one did.
    OUT data: at least 2 n + 16 bytes. Returns how many were written: the codes, not yet in blocks.
    """
    trie: Trie
    i: cython.Py_ssize_t
    at: cython.Py_ssize_t = 0
    node: cython.int
    into: cython.int
    depth: cython.int = 1
    buffer: cython.ulonglong = 0
    held: cython.int = 0
    width: cython.int
    cleared: cython.int
    clear: cython.int = 1 << code_bits
    if open_trie(cython.address(trie), code_bits, patience) != 0:
        close_trie(cython.address(trie))
        raise MemoryError
    with cython.nogil:
        buffer = clear
        held = trie.width
        node = indices[0]
        for i in range(1, indices.shape[0] + 1):
            if i < indices.shape[0]:
                into = trie.child[node * 256 + indices[i]]
                if into != 0:
                    node = into
                    depth += 1
                    continue
            width = trie.width
            buffer |= cython.cast(cython.ulonglong, code_of(cython.address(trie), node)) << held
            held += width
            if i < indices.shape[0]:
                cleared = learn(cython.address(trie), node, indices[i], depth)
                if cleared:
                    buffer |= cython.cast(cython.ulonglong, clear) << held
                    held += cleared
                node = indices[i]
                depth = 1
            else:
                buffer |= cython.cast(cython.ulonglong, clear + 1) << held
                held += last_width(cython.address(trie))
            while held >= 8:
                data[at] = cython.cast(uint8_t, buffer & 255)
                at += 1
                buffer >>= 8
                held -= 8
        if held > 0:
            data[at] = cython.cast(uint8_t, buffer & 255)
            at += 1
    close_trie(cython.address(trie))
    return at


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def open_trie(trie: cython.pointer[Trie], code_bits: cython.int, patience: cython.int) -> cython.int:
    """Returns 0, or -1 without memory; close it in any case."""
    i: cython.int
    trie.first = cython.cast(cython.pointer[int32_t], calloc(4 * NODES, 4))
    trie.next = trie.first + NODES
    trie.parent = trie.next + NODES
    trie.children = trie.parent + NODES
    trie.symbol = cython.cast(cython.pointer[uint8_t], calloc(NODES, 1))
    trie.child = cython.cast(cython.pointer[uint16_t], calloc(NODES * 256, 2))
    trie.code_bits = code_bits
    trie.patience = patience
    if trie.first == cython.NULL or trie.symbol == cython.NULL or trie.child == cython.NULL:
        return -1
    for i in range(NODES):
        trie.first[i] = -1
        trie.next[i] = -1
        trie.parent[i] = -1
    for i in range(ROOTS):
        trie.symbol[i] = cython.cast(uint8_t, i)
    trie.size = (1 << code_bits) + 2
    trie.width = code_bits + 1
    trie.said = trie.spoken = trie.best = 0
    return 0


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def close_trie(trie: cython.pointer[Trie]) -> cython.void:
    """Gives the memory back."""
    free(trie.first)
    free(trie.symbol)
    free(trie.child)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def code_of(trie: cython.pointer[Trie], node: cython.int) -> cython.int:
    """What is written for a node."""
    return node if node < ROOTS else node - ROOTS + (1 << trie.code_bits) + 2


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def forget(trie: cython.pointer[Trie]) -> cython.void:
    """An empty dictionary again."""
    i: cython.int
    last: cython.int = trie.size - (1 << trie.code_bits) - 2 + ROOTS
    for i in range(ROOTS, last):
        trie.child[trie.parent[i] * 256 + trie.symbol[i]] = 0
        trie.first[i] = -1
        trie.children[i] = 0
    for i in range(ROOTS):
        trie.first[i] = -1
        trie.children[i] = 0
    trie.size = (1 << trie.code_bits) + 2
    trie.width = trie.code_bits + 1
    trie.said = trie.spoken = trie.best = 0


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def learn(trie: cython.pointer[Trie], node: cython.int, symbol: cython.int, depth: cython.int) -> cython.int:
    """The code of a node was written, which stands for `depth` pixels, and this index comes next: a new phrase.
    Returns the bits of the clear code that has to be written, 0 for none."""
    new: cython.int
    bits: cython.int
    if trie.size < CODES:
        new = trie.size - (1 << trie.code_bits) - 2 + ROOTS
        trie.parent[new] = node
        trie.symbol[new] = cython.cast(uint8_t, symbol)
        trie.next[new] = trie.first[node]
        trie.first[node] = new
        trie.children[node] += 1
        trie.child[node * 256 + symbol] = cython.cast(uint16_t, new)
        if trie.size == 1 << trie.width and trie.width < 12:
            trie.width += 1
        trie.size += 1
        if trie.size < CODES or trie.patience >= 0:
            return 0
    else:
        trie.said += depth
        trie.spoken += 1
        if trie.spoken < FULL_BLOCK:
            return 0
        if trie.said > trie.best:
            trie.best = trie.said
        new = trie.said * 256 < trie.best * trie.patience
        trie.said = trie.spoken = 0
        if not new:
            return 0
    bits = trie.width
    forget(trie)
    return bits


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def last_width(trie: cython.pointer[Trie]) -> cython.int:
    """The bits of the end code: a decoder has learnt from the last code too, and its width may have grown."""
    return trie.width + (trie.size == 1 << trie.width and trie.width < 12)


State = cython.struct(
    cost=cython.float,
    l=cython.float,
    a=cython.float,
    b=cython.float,
    run=cython.float,
    node=cython.int,
    starts=cython.int,  # codes begun since the search began
    step=cython.int,  # its last step in the history
)

Step = cython.struct(
    before=cython.int,
    symbol=cython.short,
    starts=cython.short,
)


def search(
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[uint16_t][:, ::1],
    flatness: cython.const[uint8_t][:, ::1],
    forced: cython.const[uint8_t][:, ::1],
    indices: uint8_t[:, ::1],
    palette: cython.const[cython.float][:, ::1],
    k: cython.int,
    code_bits: cython.int,
    patience: cython.int,
    lam: cython.float,
    effort: cython.const[cython.int][::1],
    eye: cython.const[cython.float][::1],
) -> float:
    """Indices of a picture of h rows and w columns that LZW packs well.

    IN points (h w, 3): L, a, b in 2**-14; weights (h, w): in 256ths; flatness (h, w): 0 to 255; forced (h, w), or
    empty: nonzero where the index must stay; palette (256, 4): L, a, b, L of k entries, and far away from everything
    where an index must not be used; code_bits, patience: see `pack`; lam: what a bit may cost in squared OKLab
    distance; effort (3,): paths that are followed at once, codes that a path may begin before one is chosen, and the
    most pixels it may go. eye (10,): strength of diffusion, its shares to the right, down left, down, down right; the
    decay of the sum of errors and what it costs in flat areas; how much of the mean cost of a pixel is left a pixel
    later; how much worse than the best, in codes, a path may be; and what the mean is multiplied by.
    INOUT indices (h, w). Returns the bits of the codes, with those that clear.
    """
    trie: Trie
    height: cython.Py_ssize_t = indices.shape[0]
    width: cython.Py_ssize_t = indices.shape[1]
    n: cython.Py_ssize_t = height * width
    beam: cython.int = effort[0]
    # where bits cost nothing, every path may begin as many codes as it likes
    horizon: cython.int = effort[1] if lam > 0.0 else 32767
    longest: cython.int = effort[2]
    written: cython.int = effort[3]
    strength: cython.float = eye[0]
    right: cython.float = strength * eye[1]
    down_left: cython.float = strength * eye[2]
    down: cython.float = strength * eye[3]
    down_right: cython.float = strength * eye[4]
    decay: cython.float = eye[5]
    run_cost: cython.float = eye[6]
    memory: cython.float = eye[7]
    slack: cython.float = eye[8]
    optimism: cython.float = eye[9]
    ring: cython.Py_ssize_t = 1
    mask: cython.Py_ssize_t
    position: cython.Py_ssize_t = 0
    p: cython.Py_ssize_t
    x: cython.Py_ssize_t
    level: cython.int
    i: cython.int
    j: cython.int
    s: cython.int
    c: cython.int
    count: cython.int
    found: cython.int
    worst: cython.int
    only: cython.int
    node: cython.int = -1
    into: cython.int
    depth: cython.int = 0
    steps: cython.int
    chosen: cython.int
    spawn: cython.int
    bits: cython.double = 0.0
    tl: cython.float
    ta: cython.float
    tb: cython.float
    tr: cython.float
    dl: cython.float
    da: cython.float
    db: cython.float
    dr: cython.float
    weight: cython.float
    run_weight: cython.float
    keep: cython.float
    cost: cython.float
    least: cython.float
    limit: cython.float
    margin: cython.float
    code: cython.float
    value: cython.float
    highest: cython.float
    spent: cython.float = 0.0
    covered: cython.float = 0.0
    mean: cython.float
    l0: cython.float = 0.0
    a0: cython.float = 0.0
    b0: cython.float = 0.0
    r0: cython.float = 0.0
    low: cython.float[3]
    high: cython.float[3]
    bl: cython.float
    ba: cython.float
    bb: cython.float
    fl: cython.float
    errors: cython.pointer[cython.float]
    to: cython.pointer[cython.float]
    costs: cython.float[256]
    lanes: cython.float[16]
    el: cython.float[256]
    ea: cython.float[256]
    eb: cython.float[256]
    states: cython.pointer[State]
    others: cython.pointer[State]
    swap: cython.pointer[State]
    state: cython.pointer[State]
    new: cython.pointer[State]
    history: cython.pointer[Step]
    path: cython.pointer[uint8_t]
    flat: cython.pointer[uint8_t] = cython.address(indices[0, 0])
    must: cython.pointer[cython.const[uint8_t]] = cython.NULL
    weigh: cython.pointer[cython.const[uint16_t]] = cython.address(weights[0, 0])
    flatter: cython.pointer[cython.const[uint8_t]] = cython.address(flatness[0, 0])
    if forced.shape[0] != 0:
        must = cython.address(forced[0, 0])
    while ring < width + 2 * longest + 4:
        ring *= 2
    mask = ring - 1
    errors = cython.cast(cython.pointer[cython.float], calloc(3 * ring, 4))
    states = cython.cast(cython.pointer[State], calloc(2 * beam, cython.sizeof(State)))
    others = states + beam
    history = cython.cast(cython.pointer[Step], calloc(1 + beam * longest, cython.sizeof(Step)))
    path = cython.cast(cython.pointer[uint8_t], calloc(longest, 1))
    i = open_trie(cython.address(trie), code_bits, patience)
    if i != 0 or errors == cython.NULL or states == cython.NULL or history == cython.NULL or path == cython.NULL:
        close_trie(cython.address(trie))
        free(errors)
        free(states if states < others else others)
        free(history)
        free(path)
        raise MemoryError
    with cython.nogil:
        for j in range(3):
            low[j] = 1e3
            high[j] = -1e3
        for i in range(256):
            el[i] = palette[i, 0] if i < k else 1e9
            ea[i] = palette[i, 1]
            eb[i] = palette[i, 2]
            if i < k and palette[i, 0] < 10.0:
                for j in range(3):
                    low[j] = palette[i, j] if palette[i, j] < low[j] else low[j]
                    high[j] = palette[i, j] if palette[i, j] > high[j] else high[j]
        bits = trie.width
        while position < n:
            mean = spent / covered if covered > 0.0 else 0.0
            code = lam * cython.cast(cython.float, trie.width)
            margin = code * slack
            count = 1
            steps = 1
            states[0].cost = 0.0
            states[0].l = l0
            states[0].a = a0
            states[0].b = b0
            states[0].run = r0
            states[0].node = node
            states[0].starts = 0
            states[0].step = 0
            chosen = -1
            highest = 0.0
            level = 0
            while level < longest and position + level < n and count > 0:
                p = position + level
                x = p % width
                only = -1
                if must != cython.NULL and must[p]:
                    only = flat[p]
                to = errors + 3 * (p & mask)
                fl = cython.cast(cython.float, points[p, 0]) / cython.cast(cython.float, 16384.0)
                bl = target(fl, to[0], low[0], high[0])
                ba = target(
                    cython.cast(cython.float, points[p, 1]) / cython.cast(cython.float, 16384.0), to[1], low[1], high[1]
                )
                bb = target(
                    cython.cast(cython.float, points[p, 2]) / cython.cast(cython.float, 16384.0), to[2], low[2], high[2]
                )
                weight = cython.cast(cython.float, weigh[p]) / cython.cast(cython.float, 256.0)
                run_weight = weight * (
                    run_cost * (cython.cast(cython.float, flatter[p]) / cython.cast(cython.float, 255.0))
                )
                keep = right if x > 0 else 0.0
                found = 0
                worst = 0
                least = 1e18
                # the path that begins a code here: the best one that may
                spawn = -1
                for s in range(count):
                    if states[s].starts < horizon and (spawn < 0 or states[s].cost < states[spawn].cost):
                        spawn = s
                for s in range(count + 1):
                    if s == count:
                        if spawn < 0 or states[spawn].cost + code > least + margin:
                            continue
                        state = states + spawn
                    else:
                        state = states + s
                        if state.node < 0:
                            continue
                    tl = bl + keep * state.l
                    ta = ba + keep * state.a
                    tb = bb + keep * state.b
                    tr = fl + (decay * state.run if x > 0 else 0.0)
                    if only >= 0:
                        j = -1
                        if s == count:
                            if state.node < 0 or trie.child[state.node * 256 + only] == 0:
                                j = only
                        elif trie.child[state.node * 256 + only] != 0:
                            j = trie.child[state.node * 256 + only]
                        if j < 0:
                            continue
                        found = offer(
                            others,
                            found,
                            beam,
                            cython.address(worst),
                            state,
                            history,
                            cython.address(steps),
                            state.cost + (code if s == count else 0.0),
                            j,
                            only,
                            s == count,
                            0.0,
                            0.0,
                            0.0,
                            0.0,
                        )
                        cost = state.cost + (code if s == count else 0.0)
                        if cost < least:
                            least = cost
                        continue
                    if s == count:
                        for i in range(256):
                            dl = tl - el[i]
                            da = ta - ea[i]
                            db = tb - eb[i]
                            dr = tr - el[i]
                            costs[i] = weight * ((dl * dl + da * da) + db * db) + run_weight * (dr * dr)
                        if state.node >= 0:
                            c = trie.first[state.node]
                            while c >= 0:
                                costs[trie.symbol[c]] = 1e18
                                c = trie.next[c]
                        # the least of every sixteenth: compilers know how to do that for sixteen at once
                        for j in range(16):
                            lanes[j] = costs[j]
                        for i in range(16, 256, 16):
                            for j in range(16):
                                lanes[j] = costs[i + j] if costs[i + j] < lanes[j] else lanes[j]
                        value = state.cost + code
                        for j in range(16):
                            if value + lanes[j] < least:
                                least = value + lanes[j]
                        limit = least + margin
                        for j in range(16):
                            if value + lanes[j] > limit:
                                continue
                            for i in range(j, 256, 16):
                                cost = value + costs[i]
                                if cost <= limit and cost < 1e15 and (found < beam or cost < others[worst].cost):
                                    found = offer(
                                        others,
                                        found,
                                        beam,
                                        cython.address(worst),
                                        state,
                                        history,
                                        cython.address(steps),
                                        cost,
                                        i,
                                        i,
                                        1,
                                        tl - el[i],
                                        ta - ea[i],
                                        tb - eb[i],
                                        tr - el[i],
                                    )
                        continue
                    c = trie.first[state.node]
                    while c >= 0:
                        i = trie.symbol[c]
                        dl = tl - el[i]
                        da = ta - ea[i]
                        db = tb - eb[i]
                        dr = tr - el[i]
                        cost = state.cost + (weight * ((dl * dl + da * da) + db * db) + run_weight * (dr * dr))
                        if cost <= least + margin and cost < 1e15 and (found < beam or cost < others[worst].cost):
                            if cost < least:
                                least = cost
                            found = offer(
                                others,
                                found,
                                beam,
                                cython.address(worst),
                                state,
                                history,
                                cython.address(steps),
                                cost,
                                c,
                                i,
                                0,
                                dl,
                                da,
                                db,
                                dr,
                            )
                        c = trie.next[c]
                # only those near the best go on, and each gets its place in the history
                count = 0
                limit = least + margin
                level += 1
                for s in range(found):
                    new = others + s
                    if new.cost > limit:
                        continue
                    history[steps].before = new.step >> 8
                    history[steps].symbol = cython.cast(cython.short, new.step & 255)
                    history[steps].starts = cython.cast(cython.short, new.starts)
                    new.step = steps
                    steps += 1
                    others[count] = new[0]
                    value = new.cost - mean * optimism * cython.cast(cython.float, level)
                    if chosen < 0 or value <= highest:
                        chosen = new.step
                        highest = value
                    count += 1
                swap = states
                states = others
                others = swap
            # back along the chosen path, and of it what comes before its last code but one begins
            if chosen < 0:
                break
            i = chosen
            level = 0
            while i > 0:
                level += 1
                i = history[i].before
            j = level
            i = chosen
            c = level
            while i > 0:
                j -= 1
                path[j] = cython.cast(uint8_t, history[i].symbol)
                if history[i].starts > written and horizon > written:
                    c = j
                i = history[i].before
            level = c if c > 0 else 1
            # write them, and hand on their errors
            for j in range(level):
                p = position + j
                x = p % width
                i = path[j]
                flat[p] = cython.cast(uint8_t, i)
                into = 0
                if node >= 0:
                    into = trie.child[node * 256 + i]
                cost = 0.0
                if into != 0:
                    node = into
                    depth += 1
                else:
                    if node >= 0:
                        bits += trie.width
                        cost = lam * cython.cast(cython.float, trie.width)
                        bits += learn(cython.address(trie), node, i, depth)
                    node = i
                    depth = 1
                to = errors + 3 * (p & mask)
                if must != cython.NULL and must[p]:
                    l0 = a0 = b0 = r0 = 0.0
                else:
                    keep = right if x > 0 else 0.0
                    fl = cython.cast(cython.float, points[p, 0]) / cython.cast(cython.float, 16384.0)
                    bl = target(fl, to[0], low[0], high[0])
                    ba = target(
                        cython.cast(cython.float, points[p, 1]) / cython.cast(cython.float, 16384.0),
                        to[1],
                        low[1],
                        high[1],
                    )
                    bb = target(
                        cython.cast(cython.float, points[p, 2]) / cython.cast(cython.float, 16384.0),
                        to[2],
                        low[2],
                        high[2],
                    )
                    weight = cython.cast(cython.float, weigh[p]) / cython.cast(cython.float, 256.0)
                    run_weight = weight * (
                        run_cost * (cython.cast(cython.float, flatter[p]) / cython.cast(cython.float, 255.0))
                    )
                    l0 = (bl + keep * l0) - el[i]
                    a0 = (ba + keep * a0) - ea[i]
                    b0 = (bb + keep * b0) - eb[i]
                    r0 = (fl + (decay * r0 if x > 0 else 0.0)) - el[i]
                    cost += weight * ((l0 * l0 + a0 * a0) + b0 * b0) + run_weight * (r0 * r0)
                    if x > 0:
                        add(errors + 3 * ((p + width - 1) & mask), down_left, l0, a0, b0)
                    add(errors + 3 * ((p + width) & mask), down, l0, a0, b0)
                    if x + 1 < width:
                        add(errors + 3 * ((p + width + 1) & mask), down_right, l0, a0, b0)
                to[0] = to[1] = to[2] = 0.0
                spent = spent * memory + cost
                covered = covered * memory + 1.0
            position += level
        bits += trie.width + last_width(cython.address(trie))
    close_trie(cython.address(trie))
    free(errors)
    free(states if states < others else others)
    free(history)
    free(path)
    return bits


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def target(color: cython.float, error: cython.float, low: cython.float, high: cython.float) -> cython.float:
    """A color with the errors it takes: no farther out than the entries reach, which could never pay it back."""
    aim: cython.float = color + error
    low = color if color < low else low
    high = color if color > high else high
    aim = low if aim < low else aim
    return high if aim > high else aim


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def add(
    to: cython.pointer[cython.float], share: cython.float, light: cython.float, a: cython.float, b: cython.float
) -> cython.void:
    """A share of an error goes on to another pixel."""
    to[0] += share * light
    to[1] += share * a
    to[2] += share * b


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def offer(
    others: cython.pointer[State],
    found: cython.int,
    beam: cython.int,
    worst: cython.pointer[cython.int],
    state: cython.pointer[State],
    history: cython.pointer[Step],
    steps: cython.pointer[cython.int],
    cost: cython.float,
    node: cython.int,
    symbol: cython.int,
    starts: cython.int,
    light: cython.float,
    a: cython.float,
    b: cython.float,
    run: cython.float,
) -> cython.int:
    """A path one pixel longer, if there is room or a worse one. Returns how many there are."""
    i: cython.int
    place: cython.int
    if found < beam:
        place = found
        found += 1
    elif cost < others[worst[0]].cost:
        place = worst[0]
    else:
        return found
    others[place].cost = cost
    others[place].l = light
    others[place].a = a
    others[place].b = b
    others[place].run = run
    others[place].node = node
    others[place].starts = state.starts + starts
    others[place].step = (state.step << 8) | symbol
    if found == beam:
        worst[0] = 0
        for i in range(1, beam):
            if others[i].cost > others[worst[0]].cost:
                worst[0] = i
    return found
