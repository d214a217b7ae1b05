"""Compression in the manner of other libraries, which need not be installed.

quantizer.py       `ColorQuantizer`, a transformer as scikit-learn's
color_quantize.py  an array in, an array out, as scikit-image's functions
"""
