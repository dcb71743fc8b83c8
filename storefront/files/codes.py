"""Codes in photos."""

import io

from PIL import Image

from storefront.files.photos import clean_photo

CODES_MAX = 8
_TEXT_MAX = 500


def codes_in(content: bytes) -> list[str]:
    """What the QR codes in a photo say, at most eight. Raises NotAPhoto. Takes a while."""
    import zxingcpp  # noqa: PLC0415  (a shop that idles needs none)

    with Image.open(io.BytesIO(clean_photo(content))) as image:
        found = zxingcpp.read_barcodes(
            image.convert("L"), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        )
    return [code.text[:_TEXT_MAX] for code in found[:CODES_MAX] if code.text]
