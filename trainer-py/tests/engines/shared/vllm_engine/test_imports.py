"""What the sidecar's side of the conversation imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_conversation_needs_neither_torch_nor_vllm() -> None:
    imported = "import sys, spice_trainer.engines.shared.vllm_engine"
    program = f"{imported}; sys.exit('torch' in sys.modules or 'vllm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[4], check=False).returncode == 0
