"""Planes of small numbers to bytes and back: mixed adaptive models and an arithmetic coder. Compiled by Cython.

A number is coded bit by bit, the highest first. For each bit, eight models guess how likely a 1 is, each from what it
has seen after other neighbors; a mixer weighs their guesses in the logistic domain and learns which of them to trust.
Everything is whole numbers, so that every machine decodes what another encoded.
`encode` in tests/definitions/plane_coder.py is the same in plain Python; tests/kernels/test_plane_coder.py holds both
equal.

J. Rissanen, G. Langdon, "Arithmetic coding", IBM J. Research and Development 23 (1979); M. Mahoney, "Adaptive weighing
of context models for lossless data compression", Florida Tech. TR CS-2005-16 (2005): logistic mixing.
"""

import cython
from cython.cimports.libc.stdint import int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.pixmeans.kernels.rate_checks import check_length, check_range, check_shape

INPUTS = cython.declare(cython.int, 8)  # models
LIMIT = cython.declare(cython.int, 60)  # what a slot has seen counts for at most so many bits
LEAST = cython.declare(cython.int, 32)  # of 65536: how unlikely a bit may be called
REACH = cython.declare(cython.int, 3071)  # the largest logit, in 1/256
MOST = cython.declare(int32_t, 1 << 22)  # that a model may weigh, in 1/65536
GOLDEN = cython.declare(uint64_t, 0x9E3779B97F4A7C15)  # odd numbers that scatter bits
MURMUR = cython.declare(uint64_t, 0xD6E8FEB86659FD93)

Slot = cython.struct(p=uint16_t, seen=uint16_t)
Coder = cython.struct(
    slots=cython.pointer[Slot],  # INPUTS tables
    slot_bits=cython.int,
    weights=cython.pointer[int32_t],  # of the mixer, INPUTS for each depth of a bit; 65536 is 1
    squash=int32_t[49],
    stretch=int32_t[4096],
    rates=int32_t[64],
    contexts=uint64_t[8],  # of the number that is coded
    places=cython.pointer[Slot][8],
    logits=int32_t[8],
    low=uint32_t,
    high=uint32_t,
    code=uint32_t,
    at=cython.Py_ssize_t,  # bytes that were written or read
    size=cython.Py_ssize_t,
    data=cython.pointer[uint8_t],
)


def encode(
    values: cython.const[uint16_t][:, ::1],
    classes: cython.const[uint8_t][:, ::1],
    bits: cython.int,
    squash: cython.const[int32_t][::1],
    data: uint8_t[::1],
) -> cython.Py_ssize_t:
    """The bytes of a plane of numbers. Returns how many there are.

    IN values (h, w), below 2**bits; classes (h, w), what the decoder knows of each place. bits: 1 to 12.
    squash (49,): 65536 / (1 + exp(-x)) for x = -12, -11.5, ... 12.
    OUT data: at least 2 h w bits + 8 bytes. ValueError, MemoryError.
    """
    height: cython.Py_ssize_t = values.shape[0]
    width: cython.Py_ssize_t = values.shape[1]
    y: cython.Py_ssize_t
    x: cython.Py_ssize_t
    coder: Coder
    check_range("bits", bits, 1, 12)
    check_shape("classes", classes.shape[0], classes.shape[1], height, width)
    check_length("squash", squash.shape[0], 49)
    check_range("length of data", data.shape[0], 2 * height * width * bits + 8, 1 << 62)
    if height * width == 0:
        return 0
    if not begin(cython.address(coder), height * width * bits, bits, cython.address(squash[0])):
        raise MemoryError
    coder.data = cython.address(data[0])
    with cython.nogil:
        for y in range(height):
            for x in range(width):
                look_around(cython.address(coder), values, classes, y, x, bits)
                code_number(cython.address(coder), values[y, x], bits, False)
        finish(cython.address(coder))
    free(coder.slots)
    free(coder.weights)
    return coder.at


def decode(
    data: cython.const[uint8_t][::1],
    classes: cython.const[uint8_t][:, ::1],
    bits: cython.int,
    squash: cython.const[int32_t][::1],
    values: uint16_t[:, ::1],
) -> None:
    """What `encode` was given, from its bytes; whatever the bytes are, numbers below 2**bits in bounded time.

    IN data; classes (h, w), bits and squash as they were. OUT values (h, w). ValueError, MemoryError.
    """
    height: cython.Py_ssize_t = values.shape[0]
    width: cython.Py_ssize_t = values.shape[1]
    y: cython.Py_ssize_t
    x: cython.Py_ssize_t
    coder: Coder
    check_range("bits", bits, 1, 12)
    check_shape("classes", classes.shape[0], classes.shape[1], height, width)
    check_length("squash", squash.shape[0], 49)
    if height * width == 0:
        return
    if not begin(cython.address(coder), height * width * bits, bits, cython.address(squash[0])):
        raise MemoryError
    coder.size = data.shape[0]
    coder.data = cython.NULL
    if coder.size > 0:
        coder.data = cython.cast(cython.pointer[uint8_t], cython.address(data[0]))
    with cython.nogil:
        while coder.at < 4:
            coder.code = coder.code << 8 | next_byte(cython.address(coder))
        for y in range(height):
            for x in range(width):
                look_around(cython.address(coder), values, classes, y, x, bits)
                values[y, x] = cython.cast(uint16_t, code_number(cython.address(coder), 0, bits, True))
    free(coder.slots)
    free(coder.weights)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def begin(
    coder: cython.pointer[Coder],
    decisions: cython.Py_ssize_t,
    bits: cython.int,
    squash: cython.pointer[cython.const[int32_t]],
) -> cython.bint:
    """Models that have seen nothing. False without memory."""
    i: cython.int
    x: cython.int
    filled: cython.int = 0
    coder.slot_bits = 10
    while coder.slot_bits < 20 and (cython.cast(cython.Py_ssize_t, 1) << coder.slot_bits) < 2 * decisions:
        coder.slot_bits += 1
    coder.slots = cython.cast(
        cython.pointer[Slot],
        calloc(cython.cast(cython.size_t, INPUTS) << coder.slot_bits, cython.sizeof(Slot)),
    )
    coder.weights = cython.cast(cython.pointer[int32_t], calloc(INPUTS * bits, cython.sizeof(int32_t)))
    if coder.slots == cython.NULL or coder.weights == cython.NULL:
        free(coder.slots)
        free(coder.weights)
        return False
    for i in range(INPUTS * bits):
        coder.weights[i] = 20000
    for i in range(49):
        coder.squash[i] = squash[i]
    for i in range(64):
        coder.rates[i] = 131072 // (2 * i + 3)
    for x in range(-REACH, REACH + 1):
        i = squashed(coder, x) >> 4
        while filled <= i:
            coder.stretch[filled] = x
            filled += 1
    while filled < 4096:
        coder.stretch[filled] = REACH
        filled += 1
    coder.low = coder.code = 0
    coder.high = 0xFFFFFFFF
    coder.at = 0
    coder.size = 0
    return True


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def squashed(coder: cython.pointer[Coder], x: cython.int) -> cython.int:
    """The probability, 0 to 65535, of a logit in 1/256, between two entries of the table."""
    place: cython.int = x + 3072
    left: cython.int = place >> 7
    part: cython.int = place & 127
    return (coder.squash[left] * (128 - part) + coder.squash[left + 1] * part) >> 7


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def mixed(a: uint64_t, b: uint64_t) -> uint64_t:
    """A context of two."""
    return (a ^ b * GOLDEN) * MURMUR ^ a >> 29


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def look_around(
    coder: cython.pointer[Coder],
    values: cython.const[uint16_t][:, ::1],
    classes: cython.const[uint8_t][:, ::1],
    y: cython.Py_ssize_t,
    x: cython.Py_ssize_t,
    bits: cython.int,
) -> cython.void:
    """The contexts of a place: its class, and the numbers to the left and above, as they are or their high bits."""
    width: cython.Py_ssize_t = values.shape[1]
    own: uint64_t = classes[y, x]
    # A number above is known when the one to be coded is; outside of the plane all are 0, which class tells.
    left: uint64_t = values[y, x - 1] if x > 0 else 0
    up: uint64_t = values[y - 1, x] if y > 0 else left
    up_left: uint64_t = values[y - 1, x - 1] if y > 0 and x > 0 else up
    up_right: uint64_t = values[y - 1, x + 1] if y > 0 and x + 1 < width else up
    far: uint64_t = values[y, x - 2] if x > 1 else left
    coarse: cython.int = bits - 5 if bits > 5 else 0
    coarser: cython.int = bits - 4 if bits > 4 else 0
    coder.contexts[0] = mixed(1, own)
    coder.contexts[1] = mixed(2 + (own << 8), left)
    coder.contexts[2] = mixed(3 + (own << 8), up)
    coder.contexts[3] = mixed(mixed(4, left >> coarse), up >> coarse)
    coder.contexts[4] = mixed(mixed(mixed(5, left >> coarser), up >> coarser), up_right >> coarser)
    coder.contexts[5] = mixed(mixed(6 + (own << 8), left), up)
    coder.contexts[6] = mixed(mixed(mixed(mixed(7, left), up), up_left), up_right)
    coder.contexts[7] = mixed(mixed(8, left), far)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def code_number(coder: cython.pointer[Coder], value: cython.int, bits: cython.int, reads: cython.bint) -> cython.int:
    """One number, written or read."""
    depth: cython.int
    bit: cython.int
    node: cython.int = 1
    for depth in range(bits):
        bit = value >> (bits - 1 - depth) & 1
        node = node << 1 | code_bit(coder, node, depth, bit, reads)
    return node - (1 << bits)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def code_bit(
    coder: cython.pointer[Coder], node: cython.int, depth: cython.int, bit: cython.int, reads: cython.bint
) -> cython.int:
    """One bit of a number whose higher bits are known (the node): guessed, coded, learnt."""
    i: cython.int
    slot: cython.pointer[Slot]
    hashed: uint64_t
    weights: cython.pointer[int32_t] = coder.weights + depth * INPUTS
    sum: int64_t = 0
    logit: cython.int
    p: cython.int
    error: cython.int
    weight: int32_t
    span: uint32_t
    middle: uint32_t
    for i in range(INPUTS):
        hashed = (coder.contexts[i] + cython.cast(uint64_t, node)) * GOLDEN
        hashed = (hashed ^ hashed >> 32) * MURMUR
        slot = coder.slots + ((cython.cast(cython.size_t, i) << coder.slot_bits) + (hashed >> (64 - coder.slot_bits)))
        coder.places[i] = slot
        # An empty table means one half: what is kept is the difference from it.
        coder.logits[i] = coder.stretch[(slot.p ^ 0x8000) >> 4]
        sum += cython.cast(int64_t, weights[i]) * coder.logits[i]
    logit = cython.cast(cython.int, sum >> 16)
    logit = REACH if logit > REACH else -REACH if logit < -REACH else logit
    p = squashed(coder, logit)
    p = LEAST if p < LEAST else 65536 - LEAST if p > 65536 - LEAST else p

    span = coder.high - coder.low
    middle = coder.low + (span >> 16) * p + (((span & 0xFFFF) * p) >> 16)
    if reads:
        bit = coder.code <= middle
    if bit:
        coder.high = middle
    else:
        coder.low = middle + 1
    while (coder.low ^ coder.high) >> 24 == 0:
        if reads:
            coder.code = coder.code << 8 | next_byte(coder)
        else:
            coder.data[coder.at] = cython.cast(uint8_t, coder.high >> 24)
            coder.at += 1
        coder.low <<= 8
        coder.high = coder.high << 8 | 255

    error = (bit << 16) - p
    for i in range(INPUTS):
        weight = weights[i] + ((coder.logits[i] * error + (1 << 13)) >> 14)
        weights[i] = MOST if weight > MOST else -MOST if weight < -MOST else weight
        slot = coder.places[i]
        p = slot.p ^ 0x8000
        p += (((bit * 65535) - p) * coder.rates[slot.seen]) >> 16
        slot.p = cython.cast(uint16_t, p) ^ 0x8000
        if slot.seen < LIMIT:
            slot.seen += 1
    return bit


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def next_byte(coder: cython.pointer[Coder]) -> uint32_t:
    """The next byte; 0 after the last."""
    coder.at += 1
    return coder.data[coder.at - 1] if coder.at <= coder.size else 0


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def finish(coder: cython.pointer[Coder]) -> cython.void:
    """The fewest bytes that, with zeros behind them, lie between low and high."""
    kept: cython.int = 24
    shift: cython.int
    value: uint32_t = coder.high >> 24 << 24
    while value < coder.low and kept > 0:
        kept -= 8
        value = coder.high >> kept << kept
    if value == 0:  # nothing at all reads as zeros
        return
    for shift in range(24, kept - 1, -8):
        coder.data[coder.at] = cython.cast(uint8_t, value >> shift)
        coder.at += 1
