"""The folder of converted models."""

from __future__ import annotations

import os
from pathlib import Path


def models_home() -> Path:
    """Returns `$SPICE_HOME/models`, else `$XDG_CACHE_HOME/spice/models`, else
    `~/.cache/spice/models`. Does not create it."""
    home = os.environ.get("SPICE_HOME")
    if home:
        return Path(home) / "models"
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "spice" / "models"
