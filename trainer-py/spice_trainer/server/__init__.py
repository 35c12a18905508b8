"""The sidecar: the services on the wire, and the start and end of its process. It uses a trainer
through `spice_trainer.api` only."""
