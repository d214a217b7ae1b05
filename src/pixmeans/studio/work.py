"""What the studio computes: pictures decoded, exact runs, files and exports, all in memory.

Few threads compute, however many ask, and few may wait: who comes after these hears that it is too much at once.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, TypeVar

from .. import pipeline
from ..clustering.kmeans import Step
from ..codecs.isolated import Decoder
from ..codecs.truecolor import truecolor_png
from ..errors import InputError, SettingsError
from ..explain import samples
from ..explain.page import reproduce
from ..image import Image
from ..records import dataclass
from ..settings import USUAL_THRESHOLD, Settings
from .guard import RefusedError
from .shelf import Shelf

MOST_PIXELS = 100_000_000  # of an upload; a browser's canvas holds little more
DECODING_SECONDS, DECODING_BYTES = 30.0, 3 << 29

# What stays in memory: pixels, and files that were made.
PICTURE_BYTES, FILE_BYTES = 600 << 20, 128 << 20
THREADS, WAITING = 2, 40

FILE_TYPES = {"png": "image/png", "webp": "image/webp", "gif": "image/gif"}
# What can be exported, as which figure, and what it is.
EXPORTS = {
    "gif": ("F8", "image/gif", ".gif"),
    "webp": ("F8", "image/webp", ".webp"),
    "mp4": ("F8", "video/mp4", ".mp4"),
    "png": ("F2", "image/png", ".png"),
    "report": (None, "text/html; charset=utf-8", ".html"),
}
# Animations of more would take minutes; what they show is drawn much smaller anyway.
MOST_DRAWN = 25_000_000

# The samples that the page offers, and what each is for.
OFFERED = {
    "reef": "reef: two small orange fish",
    "sky": "sky: a smooth gradient",
    "sprite": "sprite: pixel art",
    "screenshot": "screenshot: windows and text",
    "noise": "noise: every color alike",
}

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture that can be worked on. size_bytes, format, frames: of its file. notes: what a person should know.

    file: a PNG of these very pixels, where one was made already.
    """

    name: str
    image: Image
    size_bytes: int
    format: str
    frames: int = 1
    notes: tuple[str, ...] = ()
    file: bytes | None = None

    @cached_property
    def png(self) -> bytes:
        """Its pixels as a PNG that every browser reads."""
        return self.file or truecolor_png(self.image, level=1)

    @property
    def has_alpha(self) -> bool:
        """Whether some pixel is not opaque."""
        return self.image.without_opaque_alpha().has_alpha

    @property
    def is_visible(self) -> bool:
        """Whether some pixel is there to be clustered."""
        return not self.image.has_alpha or bool((self.image.pixels[..., 3] >= USUAL_THRESHOLD).any())

    @property
    def held(self) -> int:
        """Bytes that it takes in memory, its PNG among them."""
        return 2 * self.image.pixels.nbytes


@dataclass(frozen=True)
class MadeFile:
    """A file that was made, and its media type."""

    data: bytes
    media_type: str


class Work:
    """Everything that the studio's answers are made of. To be closed at the end."""

    def __init__(self, decoder: Decoder | None = None) -> None:
        self._decoder = decoder or Decoder(seconds=DECODING_SECONDS, memory_bytes=DECODING_BYTES)
        self._threads = ThreadPoolExecutor(THREADS, "studio")
        self._waiting = 0
        self._uploading = asyncio.Semaphore(4)  # each body is up to 64 MB
        self._samples: dict[str, Picture] = {}
        self.pictures = Shelf[Picture](PICTURE_BYTES)
        self.files = Shelf[MadeFile](FILE_BYTES)

    def close(self) -> None:
        """Ends the decoder; what is still computed is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._decoder.close()

    @property
    def uploading(self) -> asyncio.Semaphore:
        """Lets few bodies into memory at once."""
        return self._uploading

    async def run(self, job: Callable[[], T]) -> T:
        """Does a job in one of the threads. Raises RefusedError where too many wait already."""
        if self._waiting >= WAITING:
            raise RefusedError(503, "too much at once: try again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, job)
        finally:
            self._waiting -= 1

    def warm(self, name: str | None) -> None:
        """Paints the sample that the page opens on, if it does on one, while the browser starts."""
        if name is None:
            self._threads.submit(self.picture, next(iter(OFFERED)))

    # Pictures.

    def open(self, data: bytes, name: str) -> tuple[str, Picture]:
        """Decodes a file in a process of its own and keeps the picture; returns its name here. Raises InputError."""
        found = self._decoder.decode(data, name=name, max_pixels=MOST_PIXELS)
        picture = Picture(
            name, Image(found.image.pixels), len(data), found.format, found.frames, (*found.notes, *_eight(found.image))
        )
        if not picture.is_visible:
            raise InputError.invisible(name)
        return self.pictures.put(picture, picture.held), picture

    def painted(self, name: str) -> Picture | None:
        """A sample, if somebody asked for it before."""
        return self._samples.get(name)

    def picture(self, name: Any) -> Picture:
        """A picture by the name that `open` gave it, or a sample by its own. Raises RefusedError."""
        found = self.pictures.get(name) if isinstance(name, str) else None
        if found is not None:
            return found
        if not isinstance(name, str) or name not in OFFERED:
            raise RefusedError(404, "this picture is not here any more: open it again")
        if name not in self._samples:
            image = samples.SAMPLES[name]()
            file = truecolor_png(image)
            self._samples[name] = Picture(f"{name}.png", image, len(file), "PNG", file=file)
        return self._samples[name]

    # Runs.

    def steps(self, picture: Picture, settings: Settings) -> Iterator[Step]:
        """The half-steps of the exact run. Raises SettingsError."""
        return pipeline.steps(picture.image, settings=settings)

    async def each_step(self, steps: Iterator[Step]) -> AsyncIterator[Step]:
        """The steps of a run, each computed in a thread."""
        while True:
            step = await self.run(lambda: next(steps, None))
            if step is None:
                return
            yield step

    # Files.

    def file(self, picture: Picture, settings: Settings) -> dict[str, Any]:
        """Makes a file and keeps it; what the page says of it."""
        from ..explain.page.facts import facts

        result = pipeline.compress(picture.image, settings=settings, name=picture.name)
        made = facts(result, picture.name, picture.size_bytes, picture.format)
        name = self.files.put(MadeFile(result.data, FILE_TYPES[result.format]), len(result.data))
        sizes = {row["label"]: row["bytes"] for row in made["sizes"]}
        return {
            **made,
            **made["quality"],
            "src": f"/api/files/{name}.{result.format}",
            "lossless_webp": sizes.get("lossless WebP"),
            "lossy_webp": sizes.get("lossy WebP"),
        }

    def export(self, picture: Picture, settings: Settings, kind: str) -> MadeFile:
        """An animation or a still of the run, or the report. Raises PixmeansError."""
        figure, media_type, suffix = EXPORTS[kind]
        pixels = picture.image.width * picture.image.height
        if figure is not None and pixels > MOST_DRAWN:
            raise SettingsError(
                f"the picture has {pixels / 1e6:.0f} megapixels: exports show up to {MOST_DRAWN / 1e6:.0f}"
            )
        if figure is None:
            from ..explain.report import report_of_picture

            page = report_of_picture(
                picture.image, picture.name, settings, original=picture.size_bytes, original_format=picture.format
            )
            return MadeFile(page.encode("utf-8"), media_type)
        from ..explain.gallery import make

        with tempfile.TemporaryDirectory(prefix="pixmeans-") as folder:
            path = os.path.join(folder, f"run{suffix}")
            make(figure, picture.image, path, settings=settings, asked=("k",))
            with open(path, "rb") as file:
                return MadeFile(file.read(), media_type)


def settings_for(picture: Picture, page: Any) -> Settings:
    """The settings of a request. Raises SettingsError."""
    if not isinstance(page, dict):
        raise SettingsError("settings must be an object")
    return reproduce.settings_of(page, transparent=picture.has_alpha)


def file_name(picture: Picture, words: str, suffix: str) -> str:
    """What an export is called: plain letters of the picture's name, whatever that is."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", os.path.splitext(os.path.basename(picture.name))[0]).strip("-.")
    return f"{stem[:80] or 'picture'}-{words}{suffix}"


def _eight(image: Image) -> tuple[str, ...]:
    """What the page does not show of a picture."""
    return () if image.rest is None else ("the page shows 8 of its 16 bits",)
