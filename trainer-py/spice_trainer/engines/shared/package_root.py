"""The folder of this package, for processes that an engine starts."""

from __future__ import annotations

from pathlib import Path

PACKAGE_ROOT = Path(__file__).resolve().parents[3]
"""The folder that contains `spice_trainer`, for PYTHONPATH of these processes."""
