"""The sidecar: what answers on the wire, and the life of its process. It knows a trainer by
`spice_trainer.api` alone."""
