"""The trainer `torch` (backend.py): the torch learner, and a sampler in this process."""
