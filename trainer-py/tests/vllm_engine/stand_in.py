"""Stands in for the engine's process: speaks its messages, holds no model. `python stand_in.py BEHAVIOUR FD`.

Its "weights" are the number in the file that an update names (0 at the start); the canary is that number, and so is every
log-probability. Behaviours: `good`; `deaf` (updates change nothing); `brittle` (dies at the first update); `mute` (dies
before it is ready); `slow` (samples never finish by themselves).
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from spice_trainer.backends.vllm_engine.messages import Lines


def main(behaviour: str, descriptor: int) -> None:
    """Until the sidecar leaves."""
    lines = Lines(socket.socket(fileno=descriptor))
    incoming = iter(lines)
    start = next(incoming)
    if behaviour == "mute":
        lines.send({"is": "broken", "error": "no weights here"})
        os._exit(3)
    weights, version = 0.0, 0
    length = len(start["canary"]) - 1
    held: dict[str, dict[str, object]] = {}
    marker = Path(start["model"]) / "died"
    lines.send({"is": "ready", "canary": [weights] * length, "versions": {"vllm": "0"}})
    for message in incoming:
        if message["do"] == "update":
            if behaviour == "brittle" and not marker.exists():
                marker.touch()
                os._exit(9)
            if behaviour != "deaf":
                weights = float(Path(message["path"]).read_text())
            version = message["version"]
            lines.send({"is": "updated", "version": version, "canary": [weights] * length})
        elif message["do"] == "abort":
            for name in message["ids"]:
                held.pop(name, None)
                lines.send(
                    {
                        "is": "finished",
                        "id": name,
                        "tokens": [7],
                        "logprobs": [weights],
                        "spans": [[1, version]],
                        "reason": "aborted",
                    }
                )
        elif message["seed"] == 666:
            lines.send({"is": "refused", "id": message["id"], "error": "bad seed"})
        elif behaviour == "slow":
            held[message["id"]] = message
        else:
            tokens = [message["seed"] % 100] * message["max_tokens"]
            lines.send(
                {
                    "is": "finished",
                    "id": message["id"],
                    "tokens": tokens,
                    "logprobs": [weights] * len(tokens),
                    "spans": [[len(tokens), version]],
                    "reason": "length",
                }
            )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[-1]))
