"""JSON for the systems of partners, under /api/v1. `storefront/app.py` is the list of its routes."""
