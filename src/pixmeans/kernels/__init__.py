"""Compiled loops: arrays in, arrays out.

Each module here is plain Python that Cython compiles. What it must compute is said again, to be read and not to be
fast, in NumPy in `reference.py` or in plain Python in tests/definitions; its first lines say where.
No randomness, no printing, no Python objects inside the loops; the GIL is released while they run.
"""
