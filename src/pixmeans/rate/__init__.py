"""Indices that pack well: distortion + lambda x bits, for the coders of PNG, WebP and GIF."""
