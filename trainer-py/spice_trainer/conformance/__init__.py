"""Conformance kit: does a trainer do what the contract says? For any implementation that speaks `spice.trainer.v1`."""
