"""k-means in two dimensions, for teaching.

data.py        points in a plane, and a start
run.py         what holds after each half-step of a run on them
drawing.py     points, cells and centroids in the unit square
half_steps.py  F3 to F6: a run, half-step by half-step
outliers.py    F25: what points that belong to no group do to centroids
"""
