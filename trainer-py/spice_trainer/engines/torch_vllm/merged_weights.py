"""The weights of the learner in the form for vLLM: the same tensors for a file and for a direct
transfer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from spice_trainer.engines.shared.torch_checkpoint import write_tensors
from spice_trainer.engines.shared.torch_model.loading import LoadedModel
from spice_trainer.engines.shared.vllm_engine.direct import TensorInfo

_HEAD = "lm_head.weight"


class MergedWeights:
    """All tensors of the plain model by its own names, adapters merged, in the number format of the
    sampler, whole, on the device of the learner. A tied output layer is absent, because the engine
    ties it again. Implements `direct.WeightSource`. The tensors are read during iteration; the
    caller must not change them at that time."""

    def __init__(self, loaded: LoadedModel, dtype: str) -> None:
        """`dtype`: `float32` or `bfloat16`."""
        self._loaded = loaded
        self._dtype: torch.dtype = getattr(torch, dtype)
        self._tied = bool(loaded.config.tie_word_embeddings)
        self._infos: list[TensorInfo] | None = None

    @torch.no_grad()
    def __iter__(self) -> Iterator[tuple[str, Tensor]]:
        """Yields name and tensor, one at a time, layer by layer."""
        for name, tensor in self._loaded.effective():
            if not (self._tied and name == _HEAD):
                yield name, tensor.to(self._dtype).contiguous()

    def metadata(self) -> list[TensorInfo]:
        """Returns the facts of the tensors, in the order of iteration. Names and shapes do not
        change while a model is loaded."""
        if self._infos is None:
            self._infos = [TensorInfo(name, tensor.dtype, tuple(tensor.shape)) for name, tensor in self]
        return self._infos

    def write(self, path: Path) -> None:
        """Writes a safetensors file. Raises OSError."""
        write_tensors({name: tensor.cpu() for name, tensor in self}, path)
