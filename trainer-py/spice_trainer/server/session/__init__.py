"""Control of the trainer and the order of its work: leases, epochs, operations, idempotency."""
