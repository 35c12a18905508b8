"""Who controls the trainer and in which order its work is done: leases, epochs, operations,
idempotency."""
