"""The gRPC services of `spice.trainer.v1` over any `Backend`."""
