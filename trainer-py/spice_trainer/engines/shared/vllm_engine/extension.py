"""Additions to the workers of vLLM. Imported inside vLLM only.

`Extension` is a worker extension: vLLM adds it to the bases of its worker class, in the process of
the worker.
"""

# vLLM is installed in another environment than the environment of the type checker.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false
from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import safe_open
from vllm.distributed.weight_transfer.base import (
    WeightTransferEngine,
    WeightTransferInitInfo,
    WeightTransferUpdateInfo,
)
from vllm.distributed.weight_transfer.factory import WeightTransferEngineFactory
from vllm.distributed.weight_transfer.ipc_engine import IPCWeightTransferEngine
from vllm.distributed.weight_transfer.nccl_engine import NCCLWeightTransferEngine
from vllm.model_executor.layers.vocab_parallel_embedding import ParallelLMHead, VocabParallelEmbedding
from vllm.model_executor.model_loader.reload import finalize_layerwise_reload, initialize_layerwise_reload
from vllm.v1.sample.sampler import Sampler

BACKENDS = {"file": "spice-file", "nccl": "spice-nccl", "ipc": "spice-ipc"}
"""Name in the factory of vLLM by transfer of the engine (`Start.transfer`)."""
_GREEDY_BELOW = 1e-5
"""Temperature below which vLLM samples greedily."""


class _Spice:
    """Additions to every transfer of vLLM. The transfer also accepts a file: with a file, an engine
    that was started again gets the served version. It also ties the output layer again. This class
    stands before the class of vLLM in the list of bases."""

    model: Any
    model_config: Any

    def update_weights(self, update_info: dict[str, Any]) -> None:
        """Loads a file (`path`: safetensors, all tensors of the model by their Hugging Face names),
        or the data of the transfer."""
        if "path" not in update_info:
            super().update_weights(update_info)  # pyright: ignore[reportAttributeAccessIssue]
            return
        with safe_open(update_info["path"], "pt") as file:
            self.model.load_weights((name, file.get_tensor(name)) for name in file.keys())  # noqa: SIM118
        if torch.accelerator.is_available():
            torch.accelerator.synchronize()

    def finish_weight_update(self) -> None:
        """Packs the loaded weights, also a tied output layer, which is not sent. On a processor
        vLLM 0.32 would otherwise continue with its old packed copy of the embeddings (the weight
        probe shows it)."""
        super().finish_weight_update()  # pyright: ignore[reportAttributeAccessIssue]
        if not self.model_config.hf_config.tie_word_embeddings:
            return
        modules = list(self.model.modules())
        embeddings = [
            one for one in modules if isinstance(one, VocabParallelEmbedding) and not isinstance(one, ParallelLMHead)
        ]
        for head in modules:
            if isinstance(head, ParallelLMHead):
                head.tie_weights(embeddings[0])
                head.quant_method.process_weights_after_loading(head)


@dataclass
class _NoInit(WeightTransferInitInfo):
    """Empty: the file is on a disk that both sides can read."""


@dataclass
class _NoUpdate(WeightTransferUpdateInfo):
    """Empty: `_Spice` loads the file."""


class _Layerwise(WeightTransferEngine[Any, Any]):
    """A transfer without transport. The calls for each layer are necessary on a processor: vLLM
    packs its weights there and discards the originals, so writing into parameters would have no
    effect and give no error."""

    init_info_cls = _NoInit
    update_info_cls = _NoUpdate

    def init_transfer_engine(self, init_info: _NoInit) -> None:
        """Does nothing."""

    def start_weight_update(self) -> None:
        """Allocates memory for weights in checkpoint form."""
        initialize_layerwise_reload(self.model)

    def receive_weights(self, update_info: _NoUpdate) -> None:
        """Raises ValueError, because files are the only way."""
        raise ValueError("this engine takes weights from files only")

    def finish_weight_update(self) -> None:
        """Packs the loaded weights."""
        finalize_layerwise_reload(self.model, self.model_config)

    def shutdown(self) -> None:
        """Does nothing."""


class FileWeights(_Spice, _Layerwise):
    """Receives weights from files."""


class NcclWeights(_Spice, NCCLWeightTransferEngine):
    """Receives weights that a learner on another GPU broadcasts, and weights from files."""


class IpcWeights(_Spice, IPCWeightTransferEngine):
    """Receives weights from memory that a learner on the same GPU shares, and weights from
    files."""


class ScaledSampler(Sampler):
    """Reports log-probabilities of the distribution after temperature and before any filter:
    TEMPERATURE_SCALED of the contract. vLLM has no mode for it: `raw` ignores the temperature, and
    `processed` is after top-p and top-k."""

    def forward(self, logits: Any, sampling_metadata: Any, *rest: Any, **named: Any) -> Any:
        """Divides by the temperature first, then lets vLLM continue at temperature 1. Greedy rows
        do not change."""
        temperature = sampling_metadata.temperature
        if temperature is not None:
            greedy = temperature < _GREEDY_BELOW
            divisor = torch.where(greedy, 1.0, temperature)
            logits = logits.to(torch.float32) / divisor.unsqueeze(1)
            sampling_metadata = dataclasses.replace(
                sampling_metadata, temperature=torch.where(greedy, temperature, torch.ones_like(temperature))
            )
        return super().forward(logits, sampling_metadata, *rest, **named)


class Extension:
    """Methods of the worker, called by name through `collective_rpc`."""

    model_runner: Any

    def use_scaled_sampler(self) -> None:
        """Replaces the sampler after the model was loaded."""
        old = self.model_runner.sampler
        self.model_runner.sampler = ScaledSampler(old.logprobs_mode)


for _name, _kind in (("file", FileWeights), ("nccl", NcclWeights), ("ipc", IpcWeights)):
    if BACKENDS[_name] not in WeightTransferEngineFactory._registry:  # pyright: ignore[reportPrivateUsage]
        WeightTransferEngineFactory.register_engine(BACKENDS[_name], _kind)
