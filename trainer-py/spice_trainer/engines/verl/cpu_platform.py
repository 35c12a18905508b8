"""verl on processors: a platform plug-in, and additions for its FSDP engine.

verl 0.9.1 supports CUDA, NPU and ROCm. With `VERL_USE_EXTERNAL_MODULES` it imports this module
first. `use_cpu` is called in each worker before its engine is made.
"""

# verl is installed in the environment of this backend only, and not in the environment of the type
# checker.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUntypedClassDecorator=false
from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from types import SimpleNamespace
from typing import Any

import torch
from verl.plugin.platform.platform_base import PlatformBase
from verl.plugin.platform.platform_manager import PlatformRegistry

from spice_trainer.engines.verl.rendezvous import METHOD

NAME = "cpu"


def _nothing(*_: object, **__: object) -> None:
    """Does nothing. For calls that have an effect on an accelerator only."""


def _zero(*_: object, **__: object) -> int:
    return 0


_DEVICE_MODULE = SimpleNamespace(
    max_memory_allocated=_zero,
    max_memory_reserved=_zero,
    memory_allocated=_zero,
    memory_reserved=_zero,
    mem_get_info=lambda *_: (1, 1),
    reset_peak_memory_stats=_nothing,
    set_device=_nothing,
    current_device=_zero,
    device_count=lambda: 1,
    is_available=lambda: True,
    synchronize=_nothing,
    empty_cache=_nothing,
    manual_seed=torch.manual_seed,
    manual_seed_all=torch.manual_seed,
    get_rng_state=lambda *_: torch.get_rng_state(),
    set_rng_state=lambda state, *_: torch.set_rng_state(state),
)
"""Replacement of `torch.cuda`."""


@PlatformRegistry.register(platform=NAME)
class CpuPlatform(PlatformBase):
    """A processor. `PlatformBase` of verl documents each method."""

    @property
    def device_name(self) -> str:
        return NAME

    @property
    def vendor_name(self) -> str:
        return NAME

    @property
    def device_module(self) -> Any:
        return _DEVICE_MODULE

    def is_available(self) -> bool:
        return True

    def current_device(self) -> int:
        return 0

    def device_count(self) -> int:
        return 1

    def set_device(self, device_index: int) -> None:
        """Does nothing: there is one device."""

    def synchronize(self, device_index: int | None = None) -> None:
        """Does nothing: nothing runs asynchronously."""

    def manual_seed(self, seed: int) -> None:
        torch.manual_seed(seed)

    def manual_seed_all(self, seed: int) -> None:
        torch.manual_seed(seed)

    def set_allocator_settings(self, settings: str) -> None:
        """Does nothing: there are no settings."""

    def empty_cache(self) -> None:
        """Does nothing."""

    def get_device_capability(self, device_index: int = 0) -> tuple[int | None, int | None]:
        return None, None

    def communication_backend_name(self) -> str:
        return "gloo"

    def visible_devices_envvar(self) -> str:
        return "CPU_VISIBLE_DEVICES"

    @contextlib.contextmanager
    def nvtx_range(self, msg: str) -> Generator[None]:
        yield

    def profiler_start(self) -> None:
        """Does nothing."""

    def profiler_stop(self) -> None:
        """Does nothing."""

    def ray_resource_name(self) -> str:
        return "CPU"

    def ray_noset_envvars(self) -> list[str]:
        return []

    def is_ipc_supported(self) -> bool:
        return False

    def cudart(self) -> Any:
        return None


def use_cpu() -> None:
    """Lets the FSDP engine of verl run on a processor. Called in a worker. It changes three things:
    the engine is registered for other devices, devices are passed as numbers, and the process group
    would name `cpu` twice."""
    import verl.utils.device
    import verl.utils.fsdp_utils
    import verl.workers.engine.fsdp.transformer_impl as engine
    from verl.workers.engine import EngineRegistry

    EngineRegistry.register(model_type="language_model", backend=["fsdp", "fsdp2"], device=[NAME])(
        engine.FSDPEngineWithLMHead
    )
    device = torch.device(NAME)
    for module in (verl.utils.device, verl.utils.fsdp_utils, engine):
        vars(module)["get_device_id"] = lambda: device
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group(
            "cpu:gloo", METHOD, rank=int(os.environ["RANK"]), world_size=int(os.environ["WORLD_SIZE"])
        )
