"""Continuous batching with shared prefixes, in a separate thread."""
