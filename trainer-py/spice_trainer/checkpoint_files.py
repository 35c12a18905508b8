"""The old name of `spice_trainer.toolkit.checkpoint_files`, for outside engines."""

import warnings

from spice_trainer.toolkit.checkpoint_files import *  # noqa: F403

_WARNING = "spice_trainer.checkpoint_files is spice_trainer.toolkit.checkpoint_files: import that name"
warnings.warn(_WARNING, DeprecationWarning, stacklevel=2)
