"""From a source and settings to a file: the attempts at one picture, what they are measured with, which one is kept.

source.py           what people hand in -> a Source; files that settings name are read here
attempt.py          one picture with one set of settings: palette, plain and lossy indices, file
lossy_picture.py    a picture as lossy indices are chosen for it
judge.py            what attempts are measured with
designs.py          the best of several palettes (look.py: which of two packs better, by a look at some rows;
                    fewer.py: no larger and worse file than with more colors)
target.py           settings for a wanted quality or size (ladder.py: the search)
preview.py          the short road of effort 'preview'
hidden.py           the colors of fully transparent pixels
kept.py             what a format cannot hold
result.py           what a compression gives back (written.py: what it has in common with that of an animation;
                    notebook.py: how it looks there)
stopwatch.py        seconds by stage
shared_palette.py   one palette for many pictures (histogram_files.py: their histograms as files)
frame_deltas.py     the parts of an animated GIF, for figures

moving.py           an animation, from frames to a file
animation_source.py   what people hand in as one
frame_palettes.py   which colors a frame gets
drawing.py          which entry each pixel gets
rectangles.py       what each frame must draw
moving_target.py    settings for a wanted quality or size
moving_file.py      what came of it
animation_result.py   what `compress_animation` gives back
"""
