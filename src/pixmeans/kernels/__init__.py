"""Compiled loops: arrays in, arrays out.

Each module here is plain Python that Cython compiles; `reference.py` says in NumPy what each must compute.
No randomness, no printing, no Python objects inside the loops; the GIL is released while they run.
"""
