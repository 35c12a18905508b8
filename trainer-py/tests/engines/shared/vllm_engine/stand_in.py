"""Stands in for the engine's process: speaks its messages, holds no model.

Usage: `python stand_in.py BEHAVIOUR FD`.

Its "weights" are the number in the file that an update names (0 at the start). Its score of each
token of the weight probe is that number, and so is every log-probability. An update in phases
brings the number in its `update` phase. The phases are written to the file `phases` in the model's
folder.

Behaviours: `good`; `deaf` (updates change nothing); `brittle` (dies at the first update from a
file); `torn` (dies once in an `update` phase, after half of it arrived); `hanging` (once does not
answer an `update` phase); `broken` (cannot do the `init` phase); `garbled` (once keeps half of the
old weights); `mute` (dies before it is ready); `slow` (samples never finish by themselves).
"""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from pathlib import Path
from types import ModuleType


def load(path: Path) -> ModuleType:
    """A module without its package: the package imports numpy, which takes most of a start."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(behaviour: str, descriptor: int) -> None:
    """Until the sidecar leaves."""
    messages = load(Path(__file__).parents[4] / "spice_trainer/engines/shared/vllm_engine/messages.py")
    lines = messages.Lines(socket.socket(fileno=descriptor))
    incoming = iter(lines)
    start = next(incoming)
    if behaviour == "mute":
        lines.send({"is": "broken", "error": "no weights here"})
        os._exit(3)
    weights, version = 0.0, 0
    length = len(start["probe"]) - 1
    held: dict[str, dict[str, object]] = {}
    marker = Path(start["model"]) / "died"
    lines.send({"is": "ready", "probe": [weights] * length, "versions": {"vllm": "0"}})

    def once() -> bool:
        first = not marker.exists()
        marker.touch()
        return first

    def note(what: str) -> None:
        with (Path(start["model"]) / "phases").open("a") as file:
            file.write(what + "\n")

    for message in incoming:
        if message["do"] == "phase":
            phase = message["phase"]
            note(phase)
            if phase == "init" and behaviour == "broken":
                lines.send({"is": "broken", "error": "init phase: no communicator"})
                os._exit(3)
            if phase == "update":
                if behaviour == "torn" and once():
                    os._exit(9)
                if behaviour == "hanging" and once():
                    continue
                value = float(message["info"]["value"])
                weights = (weights + value) / 2 if behaviour == "garbled" and once() else value
            lines.send({"is": "phase", "number": message["number"]})
            if phase == "finish":
                version = message["version"]
                lines.send({"is": "updated", "version": version, "probe": [weights] * length})
        elif message["do"] == "update":
            note("file")
            if behaviour == "brittle" and once():
                os._exit(9)
            if behaviour != "deaf":
                weights = float(Path(message["path"]).read_text())
            version = message["version"]
            lines.send({"is": "updated", "version": version, "probe": [weights] * length})
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
