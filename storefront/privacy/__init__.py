"""What the shop holds of a customer: handed out to her, and taken away when she asks for it; the books stay."""

from storefront.privacy.auditing import audited
from storefront.privacy.rules import Busy
from storefront.privacy.service import erase, export, photos, visits

__all__ = ["Busy", "audited", "erase", "export", "photos", "visits"]
