"""An octree over the distinct colors, and the assignment of all of them to their nearest centroids.

Colors in Morton order make every node a contiguous range. A node has a tight box and the sums of its points; on the
way down the list of centroids that can be nearest shrinks (see lanes.h); a node with one left is added from its
sums, and a leaf compares its points with those that are left. Compiled by Cython.

A point is four int16 coordinates. Sums are five int64: weight, and weight times each coordinate; they fit while the
weights add up to less than 2**47. Whole numbers throughout: no order of adding, number of threads or width of vectors
can change a result. Definition: `nearest` and `cluster_sums` in reference.py.
"""

import cython
from cython.cimports.libc.stdint import int16_t, int32_t, int64_t, uint16_t, uint32_t, uint64_t
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.libc.string import memset
from cython.cimports.pixmeans.kernels.lanes import (
    LANES_MOST,
    add_point,
    assign_leaf,
    eight_lanes,
    keep_candidates,
    pair_of,
)

# Points in a leaf at most: fewer make more nodes to filter, more make longer comparisons (measured: 64 to 192
# differ by less than a tenth).
LEAF = cython.declare(cython.int, 128)
# Lists of candidates: that of all centroids, and one for each node on the way down, the root and 8 levels below it.
LISTS = cython.declare(cython.int, 10)
# Whose the points of a node are, where that is not one cluster: what stands below it says so, or nothing does.
SEVERAL = cython.declare(cython.int, -1)
NOBODY = cython.declare(cython.int, -2)

Tree = cython.struct(
    p01=cython.pointer[cython.const[int32_t]],
    p23=cython.pointer[cython.const[int32_t]],
    weights=cython.pointer[cython.const[int64_t]],
    heavy=cython.int,
    starts=cython.pointer[cython.const[int32_t]],
    ends=cython.pointer[cython.const[int32_t]],
    after=cython.pointer[cython.const[int32_t]],
    boxes=cython.pointer[cython.const[int32_t]],
    sums=cython.pointer[cython.const[int64_t]],
    labels=cython.pointer[uint16_t],
    owners=cython.pointer[int32_t],
)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def find_digit(
    codes: cython.pointer[cython.const[uint32_t]],
    start: int32_t,
    end: int32_t,
    shift: cython.int,
    digit: uint32_t,
    mask: uint32_t,
) -> int32_t:
    """The first row of start..end whose digit at `shift` is at least `digit` (rows are sorted by it)."""
    middle: int32_t
    while start < end:
        middle = start + (end - start) // 2
        if ((codes[middle] >> shift) & mask) < digit:
            start = middle + 1
        else:
            end = middle
    return start


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def build_node(
    codes: cython.pointer[cython.const[uint32_t]],
    start: int32_t,
    end: int32_t,
    shift: cython.int,
    bits: cython.int,
    node: int32_t,
    starts: cython.pointer[int32_t],
    ends: cython.pointer[int32_t],
    after: cython.pointer[int32_t],
) -> int32_t:
    """Writes the node of the rows start..end and all below it in preorder, if arrays are given.

    Small neighbors share a leaf. Returns the number of the next free node.
    """
    digits: uint32_t = cython.cast(uint32_t, 1) << bits
    digit: uint32_t
    first: int32_t
    last: int32_t
    group: int32_t
    here: int32_t = node
    if starts != cython.NULL:
        starts[here] = start
        ends[here] = end
    node += 1
    if end - start > LEAF:
        # levels on which all rows stay together make no node
        while shift > 0 and (codes[start] >> shift) == (codes[end - 1] >> shift):
            shift -= bits
        first = start
        group = start
        for digit in range(1, digits + 1):
            last = end if digit == digits else find_digit(codes, first, end, shift, digit, digits - 1)
            if last - group > LEAF and first > group:  # the group so far is full: it becomes a child of its own
                node = build_node(codes, group, first, shift - bits, bits, node, starts, ends, after)
                group = first
            if last - group > LEAF or digit == digits:
                if last > group:
                    node = build_node(codes, group, last, shift - bits, bits, node, starts, ends, after)
                group = last
            first = last
    if after != cython.NULL:
        after[here] = node
    return node


def count_nodes(codes: cython.const[uint32_t][::1], bits: cython.int) -> cython.int:
    """How many nodes the tree over these ascending Morton codes has; bits: 3 for RGB, 4 for RGBA."""
    if codes.shape[0] == 0:
        return 0
    return build_node(
        cython.address(codes[0]),
        0,
        cython.cast(int32_t, codes.shape[0]),
        7 * bits,
        bits,
        0,
        cython.NULL,
        cython.NULL,
        cython.NULL,
    )


def build(
    codes: cython.const[uint32_t][::1],
    bits: cython.int,
    points: cython.const[int16_t][:, ::1],
    weights: cython.const[int64_t][::1],
    pairs: int32_t[:, ::1],
    ranges: int32_t[:, ::1],
    boxes: int32_t[:, ::1],
    sums: int64_t[:, ::1],
) -> cython.longlong:
    """Builds the tree. Returns the weighted sum of squared coordinates, modulo 2**64.

    IN codes (n,) ascending; bits as in `count_nodes`; points (n, 4); weights (n,).
    OUT pairs (2, n + padding) the points as pairs of coordinates; ranges (3, nodes): first row, row after the
    last, node after the last below; boxes (nodes, 6): lowest, highest and middle corner as pairs;
    sums (nodes, 5).
    """
    n: int32_t = cython.cast(int32_t, codes.shape[0])
    nodes: int32_t = cython.cast(int32_t, ranges.shape[1])
    node: int32_t
    child: int32_t
    i: int32_t
    c: cython.int
    low: int16_t[4]
    high: int16_t[4]
    value: int16_t
    square: uint64_t
    squares: uint64_t = 0
    with cython.nogil:
        for i in range(n):
            pairs[0, i] = pair_of(points[i, 0], points[i, 1])
            pairs[1, i] = pair_of(points[i, 2], points[i, 3])
            square = 0
            for c in range(4):
                square += cython.cast(
                    uint64_t, cython.cast(cython.int, points[i, c]) * cython.cast(cython.int, points[i, c])
                )
            squares += square * cython.cast(uint64_t, weights[i])
        for i in range(n, cython.cast(int32_t, pairs.shape[1])):
            pairs[0, i] = 0
            pairs[1, i] = 0
        build_node(
            cython.address(codes[0]),
            0,
            n,
            7 * bits,
            bits,
            0,
            cython.address(ranges[0, 0]),
            cython.address(ranges[1, 0]),
            cython.address(ranges[2, 0]),
        )
        node = nodes - 1
        while node >= 0:  # children stand after their parent
            for c in range(5):
                sums[node, c] = 0
            for c in range(4):
                low[c] = 32767
                high[c] = -32768
            if ranges[2, node] == node + 1:
                for i in range(ranges[0, node], ranges[1, node]):
                    add_point(cython.address(sums[node, 0]), weights[i], pairs[0, i], pairs[1, i])
                    for c in range(4):
                        value = points[i, c]
                        low[c] = value if value < low[c] else low[c]
                        high[c] = value if value > high[c] else high[c]
            else:
                child = node + 1
                while child < ranges[2, node]:
                    for c in range(5):
                        sums[node, c] += sums[child, c]
                    for c in range(4):
                        value = coordinate(cython.address(boxes[child, 0]), c)
                        low[c] = value if value < low[c] else low[c]
                        value = coordinate(cython.address(boxes[child, 2]), c)
                        high[c] = value if value > high[c] else high[c]
                    child = ranges[2, child]
            boxes[node, 0] = pair_of(low[0], low[1])
            boxes[node, 1] = pair_of(low[2], low[3])
            boxes[node, 2] = pair_of(high[0], high[1])
            boxes[node, 3] = pair_of(high[2], high[3])
            boxes[node, 4] = pair_of(middle(low[0], high[0]), middle(low[1], high[1]))
            boxes[node, 5] = pair_of(middle(low[2], high[2]), middle(low[3], high[3]))
            node -= 1
    return cython.cast(cython.longlong, squares)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def coordinate(pairs: cython.pointer[int32_t], c: cython.int) -> int16_t:
    """Coordinate c of a corner that is kept as two pairs."""
    return cython.cast(int16_t, pairs[c >> 1] >> (16 if c & 1 else 0))


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def middle(low: int16_t, high: int16_t) -> int16_t:
    """Halfway between, rounded down."""
    return cython.cast(int16_t, (cython.cast(cython.int, low) + cython.cast(cython.int, high)) >> 1)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_node(
    tree: cython.pointer[Tree], node: int32_t, sign: int64_t, label: int32_t, sums: cython.pointer[int64_t]
) -> cython.void:
    """Adds all points of a node to the sums of a cluster, or takes them away."""
    c: cython.int
    for c in range(5):
        sums[5 * label + c] += sign * tree.sums[5 * node + c]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def take_away(tree: cython.pointer[Tree], node: int32_t, sums: cython.pointer[int64_t]) -> cython.void:
    """Takes all points of a node of several owners from the sums of their clusters."""
    i: int32_t
    child: int32_t = node + 1
    if tree.after[node] == child:
        for i in range(tree.starts[node], tree.ends[node]):
            add_point(sums + 5 * tree.labels[i], -tree.weights[i], tree.p01[i], tree.p23[i])
    while child < tree.after[node]:
        if tree.owners[child] >= 0:
            add_node(tree, child, -1, tree.owners[child], sums)
        else:
            take_away(tree, child, sums)
        child = tree.after[child]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def visit(
    tree: cython.pointer[Tree],
    node: int32_t,
    above: int32_t,
    wide: cython.int,
    room: cython.int,
    candidates: cython.pointer[int32_t],
    m: cython.int,
    sums: cython.pointer[int64_t],
) -> cython.void:
    """Assigns all points of a node, and tells the sums what changed.

    above: what is known from above of whose its points are: the cluster, SEVERAL, or NOBODY.
    candidates: three lists of `room` (pairs 01, pairs 23, rows of centroids) of which m are filled; the next level
    finds its place behind them.
    """
    kept: cython.pointer[int32_t] = candidates + 3 * room
    favourite: cython.int = 0
    owner: int32_t = tree.owners[node] if above == SEVERAL else above
    only: int32_t
    child: int32_t
    i: int32_t
    m = keep_candidates(
        wide,
        tree.boxes + 6 * node,
        candidates,
        candidates + room,
        candidates + 2 * room,
        m,
        kept,
        kept + room,
        kept + 2 * room,
        cython.address(favourite),
    )
    if m == 1:
        only = kept[2 * room]
        if owner != only:
            if owner == SEVERAL:
                take_away(tree, node, sums)
            elif owner != NOBODY:
                add_node(tree, node, -1, owner, sums)
            add_node(tree, node, 1, only, sums)
        tree.owners[node] = only
    elif tree.after[node] == node + 1:
        if owner != SEVERAL:  # all of them go to one, and then each to its own
            only = kept[2 * room + favourite]
            if owner != only:
                if owner != NOBODY:
                    add_node(tree, node, -1, owner, sums)
                add_node(tree, node, 1, only, sums)
            for i in range(tree.starts[node], tree.ends[node]):
                tree.labels[i] = cython.cast(uint16_t, only)
        tree.owners[node] = SEVERAL
        i = tree.starts[node]
        assign_leaf(
            wide,
            tree.p01 + i,
            tree.p23 + i,
            tree.weights + i,
            tree.ends[node] - i,
            tree.heavy,
            kept,
            kept + room,
            kept + 2 * room,
            m,
            sums,
            tree.labels + i,
        )
    else:
        tree.owners[node] = SEVERAL
        child = node + 1
        while child < tree.after[node]:
            visit(tree, child, owner, wide, room, kept, m, sums)
            child = tree.after[child]


def assign(
    pairs: cython.const[int32_t][:, ::1],
    weights: cython.const[int64_t][::1],
    heavy: cython.bint,
    ranges: cython.const[int32_t][:, ::1],
    boxes: cython.const[int32_t][:, ::1],
    node_sums: cython.const[int64_t][:, ::1],
    nodes: cython.const[int32_t][::1],
    centroids: cython.const[int16_t][:, ::1],
    fresh: cython.bint,
    labels: uint16_t[::1],
    owners: int32_t[::1],
    changes: int64_t[:, ::1],
    wide: cython.bint = True,
) -> None:
    """Each point of some nodes to its nearest centroid; of several equally near ones to the first.

    Few points change their cluster from one iteration to the next, and only these are added up.

    IN the tree as `build` left it; weights (n,); heavy: whether any is 2**31 or more; nodes (m,): which of its subtrees
    to visit, the same ones every time; centroids (k <= 65536, 4); fresh: whether this is the first time, or k has
    changed; wide: whether wider vectors may be used where there are any. INOUT labels (n + padding,) and owners
    (nodes,): the row of each point's centroid, which stands for a whole node in `owners` and else is -1 there; owners
    begin as -1 (see `spread_labels`). OUT changes (k, 5): by how much the sums of each cluster over these subtrees have
    changed is added to it; after a fresh start they are these sums.
    """
    k: cython.int = cython.cast(cython.int, centroids.shape[0])
    room: cython.int = k + 2 * LANES_MOST
    j: cython.int
    i: cython.Py_ssize_t
    tree: Tree
    lists: cython.pointer[int32_t] = cython.cast(
        cython.pointer[int32_t], malloc(cython.cast(cython.size_t, 3) * room * LISTS * 4)
    )
    if lists == cython.NULL:
        raise MemoryError
    with cython.nogil:
        memset(lists, 0, cython.cast(cython.size_t, 3) * room * LISTS * 4)
        tree.p01 = cython.address(pairs[0, 0])
        tree.p23 = cython.address(pairs[1, 0])
        tree.weights = cython.address(weights[0])
        tree.heavy = heavy
        tree.starts = cython.address(ranges[0, 0])
        tree.ends = cython.address(ranges[1, 0])
        tree.after = cython.address(ranges[2, 0])
        tree.boxes = cython.address(boxes[0, 0])
        tree.sums = cython.address(node_sums[0, 0])
        tree.labels = cython.address(labels[0])
        tree.owners = cython.address(owners[0])
        wide = wide and eight_lanes()
        for j in range(k):
            lists[j] = pair_of(centroids[j, 0], centroids[j, 1])
            lists[room + j] = pair_of(centroids[j, 2], centroids[j, 3])
            lists[2 * room + j] = j
        for i in range(nodes.shape[0]):
            visit(
                cython.address(tree),
                nodes[i],
                NOBODY if fresh else SEVERAL,
                wide,
                room,
                lists,
                k,
                cython.address(changes[0, 0]),
            )
    free(lists)


def spread_labels(
    ranges: cython.const[int32_t][:, ::1],
    owners: cython.const[int32_t][::1],
    labels: cython.const[uint16_t][::1],
    spread: int32_t[::1],
) -> None:
    """The label of every point. IN ranges: of the tree; owners, labels: as `assign` left them. OUT spread (n,)."""
    node: int32_t = 0
    i: int32_t
    with cython.nogil:
        while node < owners.shape[0]:
            if owners[node] >= 0:
                for i in range(ranges[0, node], ranges[1, node]):
                    spread[i] = owners[node]
                node = ranges[2, node]
                continue
            if ranges[2, node] == node + 1:
                for i in range(ranges[0, node], ranges[1, node]):
                    spread[i] = labels[i]
            node += 1
