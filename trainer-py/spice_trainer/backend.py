"""The old name of `spice_trainer.api`, for outside engines."""

import warnings

from spice_trainer.api import *  # noqa: F403
from spice_trainer.api import __all__ as __all__

warnings.warn("spice_trainer.backend is spice_trainer.api: import that name", DeprecationWarning, stacklevel=2)
