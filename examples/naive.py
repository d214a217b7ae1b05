"""The article's algorithm in plain NumPy, as short as it can be said. Start here.

    python examples/naive.py photo.png 16 small.png

It is right, and it is slow: every pixel is compared with every color in every iteration. pixmeans does the same
thousands of times faster (see docs/architecture.md for how), and writes a file that is really smaller.
"""

import sys

import numpy as np
from PIL import Image


def kmeans(pixels, k, seed=0, max_iterations=30):
    """pixels: (n, 3) floats. Returns k colors (k, 3) and the color of each pixel (n,)."""
    shuffled = np.random.default_rng(seed).permutation(pixels)
    _, first_seen = np.unique(shuffled, axis=0, return_index=True)
    centroids = shuffled[np.sort(first_seen)[:k]]  # 1. pick k pixels of different colors at random
    k = len(centroids)  # (there may be fewer colors than asked for)
    for _ in range(max_iterations):
        labels = nearest(pixels, centroids)  # 2. give each pixel to its nearest color
        moved = centroids.copy()
        for j in range(k):
            mine = pixels[labels == j]
            if len(mine):  # (a color nobody chose keeps its place)
                moved[j] = mine.mean(axis=0)  # 3. move each color to the mean of its pixels
        if np.array_equal(moved, centroids):  # 4. repeat until nothing changes
            break
        centroids = moved
    centroids = centroids.round()
    return centroids, nearest(pixels, centroids)


def nearest(pixels, centroids):
    """The nearest centroid of each pixel; a few thousand at a time, or memory would not suffice."""
    parts = np.array_split(pixels, max(1, len(pixels) // 4096))
    return np.concatenate([((part[:, None] - centroids) ** 2).sum(axis=2).argmin(axis=1) for part in parts])


if __name__ == "__main__":
    source, k, target = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    picture = np.asarray(Image.open(source).convert("RGB"), dtype=float)
    colors, labels = kmeans(picture.reshape(-1, 3), k)
    small = Image.fromarray(labels.reshape(picture.shape[:2]).astype(np.uint8), "P")
    small.putpalette(colors.astype(np.uint8).tobytes())
    small.save(target)
