"""k-means and its relatives: points, weights, centroids, labels, inertia. It has never heard of pictures."""
