"""Which colors the palette has, and which of them each pixel gets: everything but the size of the file.

prepared.py        a picture as it will be clustered
palette_design.py  which colors: k-means, and what a person wants beside the least error
given.py           colors that a person gave (color_bits.py: that a display shows; ignored.py: that do not count)
salience.py        which small vivid colors there are
protect.py         centroids reserved for them
rounding.py        centroids -> different 8-bit colors
palette_order.py   the order of main colors (palette_facts.py: their names, contrast and picks)
remap.py           pixels -> the nearest entry
dither.py          pixels -> entries whose areas have the right color
"""
