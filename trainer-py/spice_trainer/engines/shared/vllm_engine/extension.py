"""What our engine's workers have beyond vLLM's own. Imported inside vLLM only.

A worker extension: vLLM mixes `Extension` into its worker class, in whichever process that runs.
"""

# vLLM lives in another environment than the one that types are checked in.
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
"""The engine's transfer (`Start.transfer`) to the name that vLLM's factory knows its class by."""
_GREEDY_BELOW = 1e-5
"""vLLM's own threshold between a draw and the likeliest token."""


class _Spice:
    """What every transfer of ours has beyond vLLM's: it also takes a file, which is how an engine that was started again
    gets the served version, and it ties the output layer again. Mixed in before vLLM's class."""

    model: Any
    model_config: Any

    def update_weights(self, update_info: dict[str, Any]) -> None:
        """A file (`path`: safetensors, all tensors of the model by their Hugging Face names), or what the transfer knows."""
        if "path" not in update_info:
            super().update_weights(update_info)  # pyright: ignore[reportAttributeAccessIssue]
            return
        with safe_open(update_info["path"], "pt") as file:
            self.model.load_weights((name, file.get_tensor(name)) for name in file.keys())  # noqa: SIM118
        if torch.accelerator.is_available():
            torch.accelerator.synchronize()

    def finish_weight_update(self) -> None:
        """Pack what was loaded, a tied output layer too: it is not sent, and on a processor vLLM 0.32 would go on with its
        old packed copy of the embeddings (the weight probe showed it)."""
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
    """Nothing to agree on: the file is on a disk that both sides see."""


@dataclass
class _NoUpdate(WeightTransferUpdateInfo):
    """Nothing but the file, which `_Spice` takes."""


class _Layerwise(WeightTransferEngine[Any, Any]):
    """No transport. The layer-wise calls are vital on a processor: vLLM packs its weights there and drops the originals, so
    that writing into parameters would silently do nothing."""

    init_info_cls = _NoInit
    update_info_cls = _NoUpdate

    def init_transfer_engine(self, init_info: _NoInit) -> None:
        """Nothing to set up."""

    def start_weight_update(self) -> None:
        """Make room for weights in checkpoint form."""
        initialize_layerwise_reload(self.model)

    def receive_weights(self, update_info: _NoUpdate) -> None:
        """Raises ValueError: there is no other way than the file."""
        raise ValueError("this engine takes weights from files only")

    def finish_weight_update(self) -> None:
        """Pack what was loaded."""
        finalize_layerwise_reload(self.model, self.model_config)

    def shutdown(self) -> None:
        """Nothing to release."""


class FileWeights(_Spice, _Layerwise):
    """Weights from files."""


class NcclWeights(_Spice, NCCLWeightTransferEngine):
    """Weights broadcast by a learner on another GPU, and from files."""


class IpcWeights(_Spice, IPCWeightTransferEngine):
    """Weights from memory that a learner on the same GPU shares, and from files."""


class ScaledSampler(Sampler):
    """Reports log-probabilities of the tempered distribution before any filter: the contract's TEMPERATURE_SCALED, which
    vLLM has no mode for (`raw` knows no temperature, `processed` is cut by top-p and top-k)."""

    def forward(self, logits: Any, sampling_metadata: Any, *rest: Any, **named: Any) -> Any:
        """Divide by the temperature first, then let vLLM go on at temperature 1. Greedy rows stay as they are."""
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
        """Replace the sampler once the model is loaded."""
        old = self.model_runner.sampler
        self.model_runner.sampler = ScaledSampler(old.logprobs_mode)


for _name, _kind in (("file", FileWeights), ("nccl", NcclWeights), ("ipc", IpcWeights)):
    if BACKENDS[_name] not in WeightTransferEngineFactory._registry:  # pyright: ignore[reportPrivateUsage]
        WeightTransferEngineFactory.register_engine(BACKENDS[_name], _kind)
