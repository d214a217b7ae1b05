"""What `pixmeans COMMAND --help` ends with: examples, and what the numbers buy."""

COMPRESS = """\
examples:
  pixmeans photo.png                       photo-k256.png
  pixmeans -k 16 -o small.png photo.jpg    the name is yours; written even when it is larger
  pixmeans --in-place --backup *.png       replaces, keeps photo.png.bak
  pixmeans -r shots -d out                 mirrors the folders of shots in out
  pixmeans -r --in-place --skip-compressed assets   in a hook: what it did once it leaves alone
  find . -name '*.png' -print0 | pixmeans --in-place --resume done.state --files-from -
  pixmeans - -o - < in.png > out.png       as a filter
  pixmeans --quality 80 photo.png          photo-q80.png: the smallest file that looks almost the same
  pixmeans --max-bytes 60kB photo.png      photo-60kB.png: the best that fits
  pixmeans --palette pico8.gpl sprite.png  these colors; entry i is index i of the file
  pixmeans --palette input sprite.png      the sprite's own palette, order and indices
  pixmeans --shared-palette -k 32 -d out *.png   one palette for all sprites, and as a file for those to come
  pixmeans -k 64 --color-bits rgb565 photo.png  only colors that such a display shows
  pixmeans --preset article -k 16 photo.png  the textbook algorithm and nothing else

what the numbers buy:
  -k 256 takes 8 bits a pixel, -k 16 takes 4, -k 4 takes 2, before the file writer packs them further.
  -k 1256 would take 11 (24 / 11 = 2.18), but no file holds such indices: it is true color, on photos 2 to 2.6
  times as large as -k 256, with 5 dB more; --format auto takes the smaller of PNG and lossless WebP.
  --optimize 6 makes files 3 to 15 % smaller than 2, in seconds instead of tenths of a second.
  --lossy off keeps every pixel's own color: photos take 3 to 70 % more and look the same.
  --dither none makes files a tenth to a third smaller, and gradients show bands.
  --space rgb --dither none has the least mean squared error, about half of the default's with 256 colors.
  --effort preview is for pages that redraw: milliseconds, undithered, in sRGB up to 19 % above the error of
  fast. That has up to 4 % more error than normal in half the time of k-means; best has up to 1 % less
  and takes 4 to 13 times as long.

nothing is overwritten without --force, and no input without --in-place. A result that is not smaller than a
lossless original is not written (kept) unless --keep-larger or -o. Results of an earlier run that -r finds
are left alone; an input that is named and stands where another's result would go is refused with that other.
Results that would have one name keep the extensions of their inputs: x.jpg-k16.png beside x.png-k16.png.
Of animations all frames are written, in one palette; --palette-per frame gives each its own, --frame N takes
one. A shared palette counts all frames. Of several pages only the first is written, and only to a new name
and where the file was named: --in-place refuses, and -r leaves them alone.

exit codes: 0 done, 2 usage, 3 unreadable input, 4 cannot write, 15 output exists, 98 larger and 99 quality
or size not reached or more than colors lost (--strict), 130 interrupted; with several files 1 if any
failed, else the highest of 99, 98 and 15. Of several files those whose output already holds the very
result count as done: an interrupted command may be given again, and --resume saves the time as well.

many files are shared among processes, one a core. One that crashes, is killed or takes too long costs its
file alone: that is tried once more and then reported. Ctrl-C ends at once, and what is done is kept.
"""

PALETTE = """\
examples:
  pixmeans palette photo.jpg                    8 colors as hex, most used first
  pixmeans palette photo.jpg -k 5 --format css
  pixmeans palette logo.png --ignore white      without the background
  pixmeans palette photo.jpg --format ase > photo.ase    for Adobe programs; gpl is for GIMP and Inkscape
  pixmeans palette photo.jpg --named            each with its name: tomato, tomato2
  pixmeans palette photo.jpg --pick vivid,dark  one color for each
  pixmeans palette logo.png --contrast          which can be read on which, with their ratio
  pixmeans palette -k 32 sprites/*.png          one palette for all of them
  pixmeans palette -k 32 --histogram a.npz --histogram b.npz    the same, of pictures counted elsewhere
"""

HISTOGRAM = """\
examples:
  pixmeans histogram photos/*.jpg -o photos.npz      every color of them, and how many pixels have it
  pixmeans histogram --histogram a.npz --histogram b.npz -o both.npz    the sum
  pixmeans palette -k 64 --histogram both.npz        the palette that k-means finds, as if all lay there

what is written: NumPy's .npz with colors (n, 3 or 4) uint8, weights (n,) int64 and version. Sums are exact,
so it does not matter in which order, where or how often they are made.
"""

TILED = """\
examples:
  pixmeans tiled scan.tif -k 64 -o scan-k64.tif            a slide or a map of any size
  pixmeans tiled map.tif -o map.zarr --dither bayer --memory 800MB
  pixmeans tiled s3://bucket/scan.tif -o scan.tif          URLs need fsspec and, for S3, s3fs

two passes over windows of the picture: its colors are counted, k-means finds the palette once, and each pixel
gets its nearest entry. The palette is that of all pixels, not of a sample. Masking, protection, error
diffusion and lossy indices look at neighbors and are off; bayer and blue-noise are local. Alpha becomes all
or nothing.
Until the output is whole, what is done lies in OUTPUT.part; the same command goes on from there.
Tags of georeferenced TIFF are kept. Needs pip install "pixmeans[distributed]".
"""

EXPLAIN = """\
examples:
  pixmeans explain photo.png -o steps.gif          picture, palette and error over the iterations
  pixmeans explain photo.png -o steps.png          the same as a filmstrip; .svg are the centroids
  pixmeans explain photo.png --figure cloud -o cloud.png
  pixmeans explain photo.png -o report.html        one page to play with, offline: to keep or to mail
  pixmeans explain photo.png -o out/               every figure, with an index page (as gallery does)
  pixmeans explain --figure F6 -o steps.gif        k-means on points in a plane
  pixmeans explain --list                          all figures

the run is the textbook algorithm unless flags say otherwise: random pixels, sRGB, at most 30 iterations.
what it takes: about 4 s for an animation of 31 frames; GIF up to 2 MB, WebP 1 MB, MP4 0.5 MB (needs PyAV).
beside each file goes its description for those who cannot see it, as NAME.txt.
"""

STUDIO = """\
examples:
  pixmeans studio                  begins with the sample picture `reef`
  pixmeans studio photo.jpg        begins with yours; others can be dropped on the page
  pixmeans studio --port 8000 --no-browser

the page is served to this computer alone, and nothing leaves it. Its address has a secret in it, so open the
one that is printed. Files are decoded in a process of their own, and stay in memory.
To keep or to mail, without the studio: pixmeans explain photo.jpg -o report.html
"""

COMPARE = """\
examples:
  pixmeans compare photo.png --k 16,32,64,128      what more colors buy, and what they cost
  pixmeans compare photo.png --seeds 1,2,3 -k 16   how much the start decides
  pixmeans compare photo.png --init random-pixels,k-means++ -o starts.png
  pixmeans compare photo.png --space rgb,oklab

  pixmeans compare photo.png --codecs -o chart.html    bytes against quality: palettes, JPEG, WebP, AVIF, ...

exactly one flag lists several values; the others have one. --codecs stands alone: it measures our palettes
with k = 8 to 256 and lossy indices, more than 256 colors, pngquant if it is installed, vector quantization,
ECVQ, fractal coding, JPEG, WebP, AVIF and PNG, about 50 files; that takes a minute for 0.4 megapixels.
"""

ALTERNATIVE = """\
examples:
  pixmeans alternative encode photo.png --method vq                  photo.pxm
  pixmeans alternative encode photo.png -o small.pxm --method fractal --lambda 40
  pixmeans alternative decode photo.pxm -o back.png
  pixmeans info photo.pxm --against photo.png      what was lost; compress and explain read .pxm files, too

what the numbers buy, on photographs of 0.4 megapixels (docs/when-a-palette.md):
  vq      twice the words are a quarter to a third more bytes and 5 to 9 points of SSIMULACRA2
  ecvq    4 to 15 % fewer bytes than vq for the same squared error, but smooth areas show more steps
  fractal twice the lambda is a fifth to a quarter fewer bytes and 3 to 12 points of SSIMULACRA2
  each takes 1 to 6 seconds to encode and half a second to decode

these files are for comparison: only pixmeans reads them. A .pxm holds no transparency.
"""

COMPLETION = """\
examples:
  eval "$(pixmeans completion bash)"        in ~/.bashrc; zsh the same in ~/.zshrc, behind compinit
  pixmeans completion fish > ~/.config/fish/completions/pixmeans.fish
  pixmeans completion man > pixmeans.1 && man -l pixmeans.1

Packages install all four where shells and man look for them.
"""

HOOK = """\
examples:
  pixmeans hook icon.png shot.png           replaces those that become at least 5 % and 1 kB smaller
  pixmeans hook --check assets/*.png        writes nothing, and exits with 1 where one should be smaller
  git diff --cached --name-only -z --diff-filter=d | xargs -0 pixmeans hook
  pixmeans hook --quality 75 --least-saving 10% --ignore 'docs/*' *.png

A result has the quality that is wanted (--quality, 85), or the picture stays as it is: photographs that
need more than 256 colors do. Of animations it is the mean over eight frames, in about ten times the time.
What was written is marked, so a second run changes nothing. Files of several pages are left alone.

exit codes: 0 done, or nothing to do; 1 with --check where a picture should be smaller, and where one could
not be read; 2 usage. docs/hooks.md has a configuration for pre-commit and an action for GitHub.
"""
