"""Thumbnails of Django in few colors, with easy-thumbnails or django-imagekit: twenty lines for both.

easy-thumbnails, in settings.py:

    THUMBNAIL_PROCESSORS = (
        "easy_thumbnails.processors.scale_and_crop",
        "thumbnails.few_colors",  # the last
    )
    THUMBNAIL_EXTENSION = "png"

and in a template: {% thumbnail photo.file 200x200 few_colors=32 %}

django-imagekit, in models.py:

    thumbnail = ImageSpecField(source="photo", processors=[ResizeToFill(200, 200), FewColors(32)], format="PNG")

Both libraries call what they find by its name, so nothing of them is imported here.
"""

from pixmeans.pillow import quantize


def few_colors(image, few_colors=None, **options):
    """A processor of easy-thumbnails: the picture in so many colors, or as it is where none are asked for."""
    return image if few_colors is None else quantize(image, int(few_colors), dither="auto")


class FewColors:
    """A processor of django-imagekit: the picture in at most so many colors."""

    def __init__(self, colors=256, dither="auto"):
        self.colors = colors
        self.dither = dither

    def process(self, image):
        """What imagekit calls: the picture in few colors."""
        return quantize(image, self.colors, dither=self.dither)
