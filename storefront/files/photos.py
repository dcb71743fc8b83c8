"""Photos that people send: decoded and written anew, so that nothing hidden in them, such as where they were taken, stays."""

import io
import warnings

from PIL import Image, ImageOps

from storefront.kernel.errors import N_, Refusal

PHOTO_BYTES_MAX = 10 * 1024 * 1024
_PIXELS_MAX = 40_000_000
_SIDE = 1600


class NotAPhoto(Refusal):
    """What was sent cannot be shown as a photo."""

    text = N_("That is not a photo we can read. Send it as a photo, in JPEG, PNG or WebP, of at most 10 MB.")


def clean_photo(content: bytes) -> bytes:
    """The photo as a JPEG of at most 1,600 pixels a side, and nothing else of the file. Raises NotAPhoto. Takes a while."""
    if len(content) > PHOTO_BYTES_MAX:
        raise NotAPhoto
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as image:
                if image.width * image.height > _PIXELS_MAX:
                    raise NotAPhoto
                image.draft("RGB", (_SIDE, _SIDE))
                flat = _flat(ImageOps.exif_transpose(image))
    except NotAPhoto:
        raise
    except Exception:  # what the decoders raise over bytes that were made to break them has no end
        raise NotAPhoto from None
    flat.thumbnail((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    flat.info.clear()
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=85)
    return out.getvalue()


def _flat(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "P"):
        clear = image.convert("RGBA")
        paper = Image.new("RGB", clear.size, "white")
        paper.paste(clear, mask=clear.getchannel("A"))
        return paper
    return image.convert("RGB")
