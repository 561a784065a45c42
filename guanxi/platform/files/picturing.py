"""A small picture of a file: of a picture, or of the first page of a PDF. Run as a program of its own.

Both come from strangers, and decoders have had holes; a picture of some kilobytes may unpack to gigabytes. So
this runs with limits on memory and time that the system holds, and imports nothing of Guanxi. Nothing is
written where there is no picture.
"""

from __future__ import annotations

import resource
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 20
SMALL = (480, 480)
PAGE = (1100, 1560)  # of a document, so that it can be read
LARGE = (1560, 1560)  # of a picture that browsers do not show: this one is looked at instead
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
HEIF = frozenset({"image/heic", "image/heif"})
MOST_PIXELS = 60_000_000


def main(path: str, target: str, media_type: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    if media_type == "application/pdf":
        picture = _first_page(path)
        picture.thumbnail(PAGE)
    else:
        size = SMALL if media_type in SHOWN else LARGE
        picture = _picture(path, size, media_type)
        picture.thumbnail(size)
    mode = "RGBA" if "A" in picture.getbands() else "RGB"
    picture.convert(mode).save(target, "WEBP", quality=80)


def _first_page(path: str) -> Image:
    import pypdfium2

    page = pypdfium2.PdfDocument(path)[0]
    width, height = page.get_size()
    scale = min(PAGE[0] / max(width, 1), PAGE[1] / max(height, 1), 4)
    picture: Image = page.render(scale=scale).to_pil()
    return picture


def _picture(path: str, size: tuple[int, int], media_type: str) -> Image:
    from PIL import Image as images
    from PIL import ImageOps

    if media_type in HEIF:
        import pi_heif

        pi_heif.register_heif_opener(thumbnails=False)
    images.MAX_IMAGE_PIXELS = MOST_PIXELS
    picture: Image = images.open(path)
    if picture.width * picture.height > MOST_PIXELS:
        raise ValueError("too many pixels")
    picture.draft("RGB", (2 * size[0], 2 * size[1]))
    return ImageOps.exif_transpose(picture)


if __name__ == "__main__":
    main(*sys.argv[1:4])
