"""From a source and settings to a file: the attempts at one picture, what they are measured with, which one is kept.

source.py        what people hand in -> a Source; files that settings name are read here
attempt.py       one picture with one set of settings: palette, plain and lossy indices, file
lossy_start.py   what the search for lossy indices begins with
judge.py         what attempts are measured with
designs.py       the best of several palettes
target.py        settings for a wanted quality or size (ladder.py: the search)
hidden.py        the colors of fully transparent pixels
kept.py          what a format cannot hold
frame_deltas.py  the parts of an animated GIF
result.py        what a compression gives back (notebook.py: how it looks there)
stopwatch.py     seconds by stage
"""
