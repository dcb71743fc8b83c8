"""Who did what to what, on record for good: append-only, and nobody changes the past unseen."""

from storefront.audit.auditing import audited
from storefront.audit.service import Entry, note, of, seal, seen
from storefront.audit.verifying import CHECKS, findings

__all__ = ["CHECKS", "Entry", "audited", "findings", "note", "of", "seal", "seen"]
