"""The `fake` trainer: deterministic, numpy only, for tests of orchestrators and as the conformance
kit's positive control.

It is a real, tiny language model (a log-linear table over byte contexts) with exact gradients,
AdamW, immutable versions and checkpoints, so every semantic of the contract can be tested on it in
milliseconds. On top of it, scripts decide what texts it "writes", and faults make it fail on
purpose: `settings.py` lists both.
"""

from spice_trainer.engines.fake.trainer import FakeBackend

__all__ = ["FakeBackend"]
