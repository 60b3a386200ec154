"""The REST API under /api/v1; names fixed by the public contract."""
