"""The `fake` trainer: deterministic, NumPy only. Tests of orchestrators use it, and it is the
positive control of the conformance kit.

It is a small real language model (a log-linear table over byte contexts) with exact gradients,
AdamW, immutable versions and checkpoints. So tests can check every rule of the contract with it in
milliseconds. Scripts decide the texts that it writes, and faults make it fail on purpose:
`settings.py` lists both.
"""

from spice_trainer.engines.fake.trainer import FakeBackend

__all__ = ["FakeBackend"]
