"""The process of the engine: vLLM, driven step by step.

`python -m spice_trainer.engines.shared.vllm_engine.worker FD`. A loop reads the received messages,
loads weights between two decode steps, makes a step, and reports. The process ends when the sidecar
closes the socket or ends, so no cleanup is needed.

An update has four phases in one order, for every transfer: `init` (once for each process; a file
needs none), `start` (from here no step is made), `update`, `finish` (then caches are cleared, the
weight probe is scored, and stepping continues). An update that fails in any phase ends the process,
because weights that are partly old and partly new must not be used.
"""

# vLLM is installed in another environment than the environment of the type checker.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false
from __future__ import annotations

import os
import queue
import socket
import sys
import threading
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, cast

from spice_trainer.engines.shared.vllm_engine import handles
from spice_trainer.engines.shared.vllm_engine.messages import Lines

PROBE = "probe"


@dataclass(eq=False)
class Row:
    """An unfinished sample."""

    tokens: list[int] = field(default_factory=list[int])
    logprobs: list[float] = field(default_factory=list[float])
    spans: list[list[int]] = field(default_factory=list[list[int]])
    """[tokens, version] in order."""


class Worker:
    """The engine of vLLM and its connection with the sidecar."""

    def __init__(self, lines: Lines, start: dict[str, Any]) -> None:
        """Loads the model, which takes minutes on a slow machine. Raises the errors of vLLM."""
        self._lines = lines
        self._probe_ids: list[int] = start["probe"]
        self._engine: Any = _build(start)
        self._rows: dict[str, Row] = {}
        self._version = 0
        self._probe_scores: list[float] | None = None
        self._updating = False
        """Whether the process is between `start` and `finish`, where no step may be made."""
        self._held: list[dict[str, Any]] = []
        """Messages received during an update, in order."""

    def greet(self) -> None:
        """Reports that the engine is ready, with the proof of its weights."""
        self._lines.send(
            {
                "is": "ready",
                "probe": self._score_probe(),
                "versions": {name: version(name) for name in ("torch", "transformers")} | {"vllm": _vllm_version()},
            }
        )

    def serve(self, commands: queue.SimpleQueue[dict[str, Any] | None]) -> None:
        """Serves until the sidecar has ended."""
        while True:
            while not commands.empty() or self._updating or not self._busy():
                command = commands.get()
                if command is None:
                    return
                self._obey(command)
            self._step()

    def _busy(self) -> bool:
        return bool(self._rows)

    def _obey(self, command: dict[str, Any]) -> None:
        do = command["do"]
        if do == "phase":
            self._phase(command)
        elif do == "update":
            self._update(command["version"], command["path"])
        elif self._updating:
            self._held.append(command)
        elif do == "sample":
            self._sample(command)
        elif do == "abort":
            wanted = [one for one in command["ids"] if one in self._rows]
            self._engine.abort_request(wanted)
            for one in wanted:
                self._finish(one, "aborted")

    def _sample(self, command: dict[str, Any]) -> None:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        params = SamplingParams(
            max_tokens=command["max_tokens"],
            temperature=command["temperature"],
            top_p=command["top_p"],
            top_k=command["top_k"],
            min_p=command["min_p"],
            seed=command["seed"],
            stop=command["stop_strings"] or None,
            stop_token_ids=command["stop_token_ids"],
            ignore_eos=True,
            detokenize=bool(command["stop_strings"]),
            logprobs=0,
            output_kind=RequestOutputKind.DELTA,
        )
        self._rows[command["id"]] = Row()
        try:
            self._engine.add_request(command["id"], self._prompt(command["prompt"]), params)
        except Exception as refused:
            del self._rows[command["id"]]
            self._lines.send({"is": "refused", "id": command["id"], "error": str(refused)})

    def _prompt(self, ids: list[int]) -> dict[str, Any]:
        # The salt separates this version from keys and values that were computed under other
        # weights.
        return {"prompt_token_ids": ids, "cache_salt": f"version {self._version}"}

    def _step(self) -> None:
        for output in self._engine.step():
            if output.request_id == PROBE:
                self._read_probe(output)
                continue
            row = self._rows.get(output.request_id)
            if row is None:
                continue
            completion = output.outputs[0]
            new = list(completion.token_ids)
            row.tokens += new
            row.logprobs += [entry[token].logprob for entry, token in zip(completion.logprobs or [], new, strict=True)]
            if new:
                self._extend_span(row, len(new))
            if output.finished:
                self._finish(output.request_id, _reason(completion))

    def _extend_span(self, row: Row, tokens: int) -> None:
        if row.spans and row.spans[-1][1] == self._version:
            row.spans[-1][0] += tokens
        else:
            row.spans.append([tokens, self._version])

    def _finish(self, identifier: str, reason: str) -> None:
        row = self._rows.pop(identifier)
        self._lines.send(
            {
                "is": "finished",
                "id": identifier,
                "tokens": row.tokens,
                "logprobs": row.logprobs,
                "spans": row.spans,
                "reason": reason,
            }
        )

    def _update(self, number: int, path: str) -> None:
        """Runs all phases at once, from a file."""
        for phase, info in (("start", {}), ("update", {"path": path}), ("finish", {})):
            self._run_phase(phase, info)
        self._resume(number)

    def _phase(self, command: dict[str, Any]) -> None:
        """Runs one phase that the learner requested."""
        self._run_phase(command["phase"], command["info"])
        self._lines.send({"is": "phase", "number": command["number"]})
        if command["phase"] == "finish":
            self._resume(command["version"])

    def _run_phase(self, phase: str, info: dict[str, Any]) -> None:
        """Runs a phase. Does not return when the phase fails."""
        try:
            if phase == "init":
                self._engine.collective_rpc("init_weight_transfer_engine", args=(info,))
            elif phase == "start":
                self._updating = True
                self._engine.collective_rpc("start_weight_update")
            elif phase == "update":
                if "ipc_handles" in info:
                    info = {**info, "ipc_handles": handles.decode(info["ipc_handles"])}
                self._engine.collective_rpc("update_weights", args=(info,))
            elif phase == "finish":
                self._engine.collective_rpc("finish_weight_update")
                self._engine.reset_prefix_cache()
            else:
                raise ValueError(f"{phase} is no phase of an update")
        except Exception as failed:
            self._lines.send({"is": "broken", "error": f"{phase} phase: {type(failed).__name__}: {failed}"})
            os._exit(3)

    def _resume(self, number: int) -> None:
        """Ends an update: proves the weights, then handles the messages that were received during
        the update."""
        self._version = number
        self._updating = False
        self._lines.send({"is": "updated", "version": number, "probe": self._score_probe()})
        held, self._held = self._held, []
        for command in held:
            self._obey(command)

    def _score_probe(self) -> list[float]:
        """Returns the log-probabilities of the tokens of the weight probe under the loaded weights.
        Other samples continue at the same time."""
        from vllm import SamplingParams

        self._probe_scores = None
        params = SamplingParams(max_tokens=1, temperature=0.0, prompt_logprobs=0, detokenize=False)
        self._engine.add_request(PROBE, self._prompt(self._probe_ids), params)
        while self._probe_scores is None:
            self._step()
        return cast(list[float], self._probe_scores)

    def _read_probe(self, output: Any) -> None:
        if output.finished:
            entries = list(output.prompt_logprobs)[1:]
            self._probe_scores = [
                entry[token].logprob for entry, token in zip(entries, self._probe_ids[1:], strict=True)
            ]


def _build(start: dict[str, Any]) -> Any:
    from vllm.config import WeightTransferConfig
    from vllm.engine.arg_utils import EngineArgs
    from vllm.v1.engine.llm_engine import LLMEngine

    from spice_trainer.engines.shared.vllm_engine import extension

    limit = start["max_context_tokens"]
    engine = LLMEngine.from_engine_args(
        EngineArgs(
            model=start["model"],
            dtype=start["dtype"],
            max_model_len=limit,
            max_num_seqs=start["max_sequences"],
            # Whole prompts only: on a processor, a seeded sample whose prompt is computed in parts
            # ends vLLM 0.32 ("CPU Generator does not use offset").
            enable_chunked_prefill=False,
            max_num_batched_tokens=max(limit, 4096),
            enable_prefix_caching=True,
            enforce_eager=True,
            seed=start["seed"],
            gpu_memory_utilization=start["gpu_memory_share"],
            tensor_parallel_size=start["tensor_parallel"],
            logprobs_mode="raw_logprobs",
            generation_config="vllm",
            worker_extension_cls=f"{extension.__name__}.{extension.Extension.__name__}",
            weight_transfer_config=WeightTransferConfig(backend=extension.BACKENDS[start["transfer"]]),
            disable_log_stats=True,
        )
    )
    engine.collective_rpc("use_scaled_sampler")
    return engine


def _reason(completion: Any) -> str:
    if completion.finish_reason == "stop":
        return "stop_string" if isinstance(completion.stop_reason, str) else "stop_token"
    return "length" if completion.finish_reason == "length" else "aborted"


def _vllm_version() -> str:
    import vllm

    return vllm.__version__


def main(descriptor: int) -> int:
    """Serves one sidecar. Exit status 0: the sidecar ended; 3: the engine is broken."""
    lines = Lines(socket.socket(fileno=descriptor))
    incoming = iter(lines)
    start = next(incoming, None)
    if start is None:
        return 0
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", str(max(1, round(start["kv_cache_gib"]))))
    try:
        worker = Worker(lines, start)
        worker.greet()
    except Exception as failed:
        lines.send({"is": "broken", "error": f"{type(failed).__name__}: {failed}"})
        return 3
    commands: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

    def read() -> None:
        for command in incoming:
            commands.put(command)
        # The sidecar has ended, so the result of a running step is not needed.
        os._exit(0)

    threading.Thread(target=read, name="sidecar", daemon=True).start()
    try:
        worker.serve(commands)
    except Exception as failed:
        lines.send({"is": "broken", "error": f"{type(failed).__name__}: {failed}"})
        return 3
    return 0


if __name__ == "__main__":
    status = main(int(sys.argv[1]))
    sys.stdout.flush()
    # Worker threads of vLLM may block the exit of the interpreter; all results were sent.
    os._exit(status)
