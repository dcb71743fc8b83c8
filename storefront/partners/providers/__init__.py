"""The outside of partners: their endpoints."""
