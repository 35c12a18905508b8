"""Parts for backends that bring a model and little else: a sampling loop, stop strings, AdamW and
statistics on NumPy arrays.

The example in `examples/bring-your-own-trainer` uses them. An engine such as vLLM or a cluster has
faster parts of its own. The toolkit needs NumPy only.
"""

from spice_trainer.toolkit.adamw import AdamW
from spice_trainer.toolkit.sampling import SampleLoop, log_softmax
from spice_trainer.toolkit.statistics import TokenRecord, by_role
from spice_trainer.toolkit.stop_strings import ends_with_stop

__all__ = ["AdamW", "SampleLoop", "TokenRecord", "by_role", "ends_with_stop", "log_softmax"]
