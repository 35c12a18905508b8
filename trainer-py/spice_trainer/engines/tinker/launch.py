"""Runs a SkyRL server that ends with the process that started it. This is a script: it may run in
an interpreter without this package.

`python -P launch.py serve WATCH_FD FOLDER PORT FLAGS...` is the API. It starts `launch.py engine
FLAGS...` itself.

`python -m skyrl.tinker.api` (0.4.0) cannot be used, because it builds the command of its engine
from the command line of its parent, which must be `uv run ...`. One of its functions is replaced
here, so that API and engine run in this interpreter. The engine of SkyRL also sleeps 100 ms between
two reads of its queue, which is most of the time of a small step. The engine here sleeps 5 ms while
there is work.

When one process computes, two functions of the jax backend are replaced too. (With the actors of
Ray every process must run the same program, and that program belongs to SkyRL.)

- The adapters of SkyRL sort all tokens by adapter for a ragged product. On a processor it is
  computed as one masked product for each slot. A sequence has one adapter, so the replacement
  computes one product for each sequence: a forward pass of SmolLM2 takes 8 s instead of 28 s (8
  sequences of 380 tokens, 9 slots, two cores, with other load).
- SkyRL reports the norm of a gradient only with an update that uses the gradient. The replacement
  can clip the accumulated gradient and report the norm before. The request for it is an update of
  rate 0 whose epsilon is `CLIP_EPSILON` and whose decay is the bound.
"""

# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportAttributeAccessIssue=false
# pyright: reportUntypedFunctionDecorator=false
# SkyRL is installed in the environment of the server, and not in the environment of the type
# checker.

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from typing import Any

BUSY_SECONDS, IDLE_SECONDS = 0.005, 0.1
"""Seconds between two reads of the queue, while busy and while idle."""
WARM_SECONDS = 2.0
"""Seconds that the engine counts as busy after its last work."""
GRACE_SECONDS = 10.0
CLIP_EPSILON = 3.0
"""The same value is in `adam.py`, which this script may be unable to import."""
SWEEPS = 6
"""Number of times that the folder is removed, because a process of Ray that is ending may create it
again."""


def serve(arguments: list[str]) -> None:
    """Runs the API on loopback."""
    watch, folder, port, *flags = arguments
    _end_with_pipe(int(watch), folder)
    import uvicorn
    from skyrl.tinker import api
    from skyrl.tinker.config import EngineConfig, config_to_argv

    def command(parent: list[str], config: EngineConfig) -> list[str]:
        return [sys.executable, "-P", __file__, "engine", *config_to_argv(config)]

    api._build_uv_run_cmd_engine = command
    api.app.state.engine_config = _config(flags)
    uvicorn.run(api.app, host="127.0.0.1", port=int(port), log_level="warning")


def engine(flags: list[str]) -> None:
    """Runs the process that computes."""
    _end_with_parent()
    from skyrl.tinker.engine import TinkerEngine

    config = _config(flags)
    if config.backend_config.get("use_ray"):
        _start_ray()
    else:
        _one_adapter_a_sequence()
        _clip_in_place()

    class Quick(TinkerEngine):
        def process_pending_requests(self) -> None:
            last = 0.0
            while True:
                began = time.monotonic()
                self.process_pending_requests_once()
                now = time.monotonic()
                if now - began > 0.02:  # a read of an empty queue takes 2 to 5 ms
                    last = now
                time.sleep(BUSY_SECONDS if now - last < WARM_SECONDS else IDLE_SECONDS)

    Quick(config).run()


def _one_adapter_a_sequence() -> None:
    import jax.numpy as jnp
    from skyrl.tx.layers import lora

    original = lora.LoRAMixin.apply_lora

    def apply_lora(self: Any, x: Any, base_output: Any, adapter_indices: Any) -> Any:
        """Applies the adapters. `x`: [sequences, tokens, features], or [sequences, tokens] ids of
        an embedding. `adapter_indices`: [sequences]."""
        embeds = isinstance(self, lora.LoRAEmbed)
        if self.max_lora_adapters == 0 or adapter_indices is None or x.ndim != (2 if embeds else 3):
            return original(self, x, base_output, adapter_indices)
        down, up = self.lora_A[...], self.lora_B[...][adapter_indices]
        inner = down[adapter_indices[:, None], x] if embeds else jnp.einsum("sti,sir->str", x, down[adapter_indices])
        scale = self.lora_scaling[...][adapter_indices]
        return base_output + jnp.einsum("str,sro->sto", inner, up) * scale[:, None, None]

    lora.LoRAMixin.apply_lora = apply_lora


def _clip_in_place() -> None:
    import jax
    import jax.numpy as jnp
    import optax
    from skyrl.backends.jax import AccumulatedGradients, JaxBackendImpl, get_adapter_idx
    from skyrl.tinker import types

    original = JaxBackendImpl.optim_step

    @jax.jit
    def clip(held: Any, adapter: Any, bound: Any) -> Any:
        norm = optax.global_norm(held.get_mean(adapter))
        factor = jnp.where(norm > bound, bound / norm, 1.0)

        def scaled(path: Any, sums: Any) -> Any:
            return sums.at[get_adapter_idx(path, adapter)].multiply(factor)

        return AccumulatedGradients(jax.tree.map_with_path(scaled, held.grad_sum), held.counts), norm

    def optim_step(self: Any, model_id: str, request_data: Any) -> Any:
        asked = request_data.adam_params
        if asked.learning_rate != 0 or asked.eps != CLIP_EPSILON:
            return original(self, model_id, request_data)
        adapter = jnp.int32(self.models[model_id].adapter_index)
        with jax.set_mesh(self.mesh):
            clipped, norm = clip(self.accumulated_grads, adapter, jnp.float32(asked.weight_decay))
            # A gradient that is not finite would stay in the moments, so it is dropped.
            self.accumulated_grads = clipped if jnp.isfinite(norm) else self.accumulated_grads.reset_adapter(adapter)
        return types.OptimStepOutput(metrics={"skyrl.ai/grad_norm": float(norm)})

    JaxBackendImpl.optim_step = optim_step


def _start_ray() -> None:
    """Starts the cluster of Ray without the dashboard that SkyRL would start. The environment of
    Ray keeps it on loopback. This function keeps the processes of jax on loopback too, because
    process 0 would listen on all interfaces, whatever address it gets."""
    import ray
    from skyrl.backends import ray_jax

    class Narrow(ray_jax.RayJaxBackendImpl.__ray_metadata__.modified_class):
        def setup(self, coordinator_address: str | None = None) -> None:
            os.environ["JAX_COORDINATOR_BIND_ADDRESS"] = coordinator_address or self.coordinator_address
            super().setup(coordinator_address)

    ray_jax.RayJaxBackendImpl = ray.remote(Narrow)
    ray.init(address="local", include_dashboard=False)


def _config(flags: list[str]):
    from skyrl.tinker.config import EngineConfig, add_model

    parser = argparse.ArgumentParser()
    add_model(parser, EngineConfig)
    given = vars(parser.parse_args(flags))
    return EngineConfig.model_validate({key: value for key, value in given.items() if key in EngineConfig.model_fields})


def _end_with_pipe(descriptor: int, folder: str) -> None:
    """Ends this process group and removes `folder` when the other end of a pipe closes, because
    then the process that had it has ended."""

    def watch() -> None:
        os.read(descriptor, 1)
        # A process outside the group does it. This process may end before the others, which write
        # into the folder until their end.
        command = [sys.executable, "-P", __file__, "sweep", str(os.getpgrp()), folder]
        quiet = subprocess.DEVNULL
        subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, cwd="/", start_new_session=True)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def sweep(group: int, folder: str) -> None:
    """Waits for a process group to end, kills it, and removes its folder."""
    deadline = time.monotonic() + GRACE_SECONDS
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.1)
        os.killpg(group, signal.SIGKILL)
    for _ in range(SWEEPS):
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.5)


def _end_with_parent() -> None:
    """Linux: this process is killed when the API ends without a message."""
    if sys.platform == "linux":
        death_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(death_signal, signal.SIGKILL)


if __name__ == "__main__":
    role, *rest = sys.argv[1:]
    if role == "sweep":
        sweep(int(rest[0]), rest[1])
    else:
        serve(rest) if role == "serve" else engine(rest)
