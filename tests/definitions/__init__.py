"""What kernels must compute, in plain Python."""
