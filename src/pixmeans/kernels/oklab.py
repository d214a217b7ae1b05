"""sRGB to OKLab on a grid of whole numbers. Compiled by Cython.

Source: B. Ottosson, "A perceptual color space for image processing" (2020), https://bottosson.github.io/posts/oklab/
(matrices as published there on 2021-01-25); transfer function: IEC 61966-2-1.

Only + - * / in a fixed order: the same numbers on every machine. Libraries' cube roots and powers may differ in
the last bit from one processor to the next.
"""

import cython
from cython.cimports.libc.stdint import int16_t, uint8_t

ROOTS = cython.declare(cython.double[1025])
# What a number is multiplied by once or twice to be at least 1/64, and what its root is multiplied by then.
GROWN = cython.declare(cython.double[3])
SHRUNK = cython.declare(cython.double[3])


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def cube_root(x: cython.double) -> cython.double:
    """x in 0..1: a table's value, bettered twice by Halley's rule (its error is cubed each time)."""
    scale: cython.double
    root: cython.double
    cube: cython.double
    small: cython.int = (x < 0.015625) + (x < 0.000244140625)  # in no order, which would make branches wait
    if x <= 0.0:
        return 0.0
    x *= GROWN[small]
    scale = SHRUNK[small]
    while x < 0.015625:
        x *= 64.0
        scale *= 0.25
    root = ROOTS[cython.cast(cython.int, x * 1024.0)]
    cube = root * root * root
    root = root * (cube + 2.0 * x) / (2.0 * cube + x)
    cube = root * root * root
    root = root * (cube + 2.0 * x) / (2.0 * cube + x)
    return root * scale


@cython.cfunc
def fill_roots() -> cython.void:
    """Each entry is the cube root of the middle of its 1/1024, by Halley's rule from 1 until it stands."""
    i: cython.int
    _: cython.int
    x: cython.double
    root: cython.double
    cube: cython.double
    for i in range(1025):
        x = (i + 0.5) / 1024.0
        root = 1.0
        for _ in range(12):
            cube = root * root * root
            root = root * (cube + 2.0 * x) / (2.0 * cube + x)
        ROOTS[i] = root


GROWN[0], GROWN[1], GROWN[2] = 1.0, 64.0, 4096.0
SHRUNK[0], SHRUNK[1], SHRUNK[2] = 1.0, 0.25, 0.0625
fill_roots()


def oklab(
    colors: cython.const[uint8_t][:, ::1],
    linear: cython.const[cython.double][::1],
    scale: cython.double,
    steps: int16_t[:, ::1],
) -> None:
    """IN colors (n, 3 or more) sRGB; linear (256,) the light of each byte, 0..1. OUT steps (n, 3 or more): L, a
    and b times scale, rounded half up."""
    i: cython.Py_ssize_t
    with cython.nogil:
        for i in range(colors.shape[0]):
            convert(
                linear[colors[i, 0]], linear[colors[i, 1]], linear[colors[i, 2]], scale, cython.address(steps[i, 0])
            )


def oklab_of_light(light: cython.const[cython.double][:, ::1], scale: cython.double, steps: int16_t[:, ::1]) -> None:
    """The same of linear light, 0..1: IN light (n, 3). OUT steps (n, 3 or more)."""
    i: cython.Py_ssize_t
    with cython.nogil:
        for i in range(light.shape[0]):
            convert(light[i, 0], light[i, 1], light[i, 2], scale, cython.address(steps[i, 0]))


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def convert(
    r: cython.double, g: cython.double, b: cython.double, scale: cython.double, step: cython.pointer[int16_t]
) -> cython.void:
    """One color."""
    l_: cython.double = cube_root(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    m_: cython.double = cube_root(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    s_: cython.double = cube_root(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    step[0] = grid_step((0.2104542553 * l_ + 0.7936177850 * m_ - 0.0040720468 * s_) * scale)
    step[1] = grid_step((1.9779984951 * l_ - 2.4285922050 * m_ + 0.4505937099 * s_) * scale)
    step[2] = grid_step((0.0259040371 * l_ + 0.7827717662 * m_ - 0.8086757660 * s_) * scale)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def grid_step(x: cython.double) -> int16_t:
    """x rounded half up; x above -16384."""
    return cython.cast(int16_t, cython.cast(cython.int, x + 16384.5) - 16384)
