"""The sampler: continuous batching over shared prefixes, on its own thread."""
