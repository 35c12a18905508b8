"""Continuous batching over shared prefixes, on a thread of its own."""
