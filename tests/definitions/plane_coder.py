"""What kernels/plane_coder.py computes, in plain Python."""

from __future__ import annotations

INPUTS, LIMIT, LEAST, REACH, MOST = 8, 60, 32, 3071, 1 << 22
GOLDEN, MURMUR = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
WORD = 2**64 - 1


def mixed(a: int, b: int) -> int:
    return (((a ^ b * GOLDEN) * MURMUR) ^ (a >> 29)) & WORD


def contexts(values, classes, y, x, bits):
    own = int(classes[y, x])

    def at(y, x):
        return int(values[y, x])

    left = at(y, x - 1) if x > 0 else 0
    up = at(y - 1, x) if y > 0 else left
    up_left = at(y - 1, x - 1) if y > 0 and x > 0 else up
    up_right = at(y - 1, x + 1) if y > 0 and x + 1 < values.shape[1] else up
    far = at(y, x - 2) if x > 1 else left
    coarse, coarser = max(0, bits - 5), max(0, bits - 4)
    return [
        mixed(1, own),
        mixed(2 + (own << 8), left),
        mixed(3 + (own << 8), up),
        mixed(mixed(4, left >> coarse), up >> coarse),
        mixed(mixed(mixed(5, left >> coarser), up >> coarser), up_right >> coarser),
        mixed(mixed(6 + (own << 8), left), up),
        mixed(mixed(mixed(mixed(7, left), up), up_left), up_right),
        mixed(mixed(8, left), far),
    ]


def encode(values, classes, bits: int, squash) -> bytes:
    """The bytes of a plane (h, w)."""
    height, width = values.shape
    if height * width == 0:
        return b""
    slot_bits = min(20, max(10, (2 * height * width * bits - 1).bit_length()))
    slots: list[dict[int, tuple[int, int]]] = [{} for _ in range(INPUTS)]
    weights = [[20000] * INPUTS for _ in range(bits)]
    rates = [131072 // (2 * seen + 3) for seen in range(64)]

    def squashed(x: int) -> int:
        left, part = divmod(x + 3072, 128)
        return (int(squash[left]) * (128 - part) + int(squash[left + 1]) * part) >> 7

    stretch: list[int] = []
    for x in range(-REACH, REACH + 1):
        while len(stretch) <= squashed(x) >> 4:
            stretch.append(x)
    stretch += [REACH] * (4096 - len(stretch))

    low, high, data = 0, 0xFFFFFFFF, bytearray()
    for y in range(height):
        for x in range(width):
            around, node = contexts(values, classes, y, x, bits), 1
            for depth in range(bits):
                bit = int(values[y, x]) >> (bits - 1 - depth) & 1
                places, logits = [], []
                for i in range(INPUTS):
                    hashed = (around[i] + node) * GOLDEN & WORD
                    hashed = (hashed ^ hashed >> 32) * MURMUR & WORD
                    places.append(hashed >> (64 - slot_bits))
                    logits.append(stretch[slots[i].get(places[i], (0x8000, 0))[0] >> 4])
                total = sum(w * logit for w, logit in zip(weights[depth], logits, strict=True))
                p = squashed(max(-REACH, min(REACH, total >> 16)))
                p = max(LEAST, min(65536 - LEAST, p))
                span = high - low
                middle = low + (span >> 16) * p + (((span & 0xFFFF) * p) >> 16)
                low, high = (low, middle) if bit else (middle + 1, high)
                while (low ^ high) >> 24 == 0:
                    data.append(high >> 24)
                    low, high = low << 8 & 0xFFFFFFFF, (high << 8 & 0xFFFFFFFF) | 255
                error = (bit << 16) - p
                for i in range(INPUTS):
                    moved = weights[depth][i] + ((logits[i] * error + (1 << 13)) >> 14)
                    weights[depth][i] = max(-MOST, min(MOST, moved))
                    p, seen = slots[i].get(places[i], (0x8000, 0))
                    slots[i][places[i]] = (p + ((bit * 65535 - p) * rates[seen] >> 16), min(LIMIT, seen + 1))
                node = node << 1 | bit
    for kept in (24, 16, 8, 0):
        value = high >> kept << kept
        if value >= low:
            break
    return bytes(data) + (value.to_bytes(4, "big")[: 4 - kept // 8] if value else b"")
