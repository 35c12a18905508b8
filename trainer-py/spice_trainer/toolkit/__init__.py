"""Parts for backends that have only a model: a sampling loop, AdamW and statistics on NumPy arrays.

The example in `examples/bring-your-own-trainer` uses them. An engine such as vLLM or a cluster has
faster parts of its own. The toolkit needs NumPy only.
"""

from spice_trainer.toolkit.adamw import AdamW
from spice_trainer.toolkit.sampling import SampleLoop, log_softmax
from spice_trainer.toolkit.statistics import TokenRecord, by_role

__all__ = ["AdamW", "SampleLoop", "TokenRecord", "by_role", "log_softmax"]
