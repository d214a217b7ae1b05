"""Types of the compiled `rate_gif_beam.py`: only other kernels see it."""
