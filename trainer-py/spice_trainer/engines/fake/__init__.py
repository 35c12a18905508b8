"""The `fake` trainer: deterministic, NumPy only. Tests of orchestrators use it, and it is the
positive control of the conformance kit.

It needs no language model. A script makes texts from the prompt, and a small table of weights (a
log-linear model over byte contexts) decides which text is chosen. Without a text from the script,
the table writes the bytes itself. The table has exact gradients, AdamW, immutable versions and
checkpoints. So tests can check every rule of the contract with it in milliseconds. Faults make it
fail on purpose. `settings.py` lists the scripts and the faults.
"""

from spice_trainer.engines.fake.trainer import FakeBackend

__all__ = ["FakeBackend"]
