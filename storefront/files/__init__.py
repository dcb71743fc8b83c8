"""What people send and items show, kept as rows by the hash of their content."""

from storefront.files.codes import codes_in
from storefront.files.photos import PHOTO_BYTES_MAX, NotAPhoto, clean_photo
from storefront.files.service import File, content, forget, keep, seen

__all__ = ["PHOTO_BYTES_MAX", "File", "NotAPhoto", "clean_photo", "codes_in", "content", "forget", "keep", "seen"]
