"""Types of the compiled `rate_checks.py`: only other kernels see it."""
