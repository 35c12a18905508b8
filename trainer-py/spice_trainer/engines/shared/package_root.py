"""Where processes that an engine starts find this package."""

from __future__ import annotations

from pathlib import Path

PACKAGE_ROOT = Path(__file__).resolve().parents[3]
"""The folder that holds `spice_trainer`, for their PYTHONPATH."""
