"""Training: packed batches, exact losses, one optimiser."""
