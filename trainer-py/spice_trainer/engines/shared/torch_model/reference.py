"""The reference policy: the model in its first state."""

from __future__ import annotations

import weakref
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

import torch

from spice_trainer.engines.shared.torch_model.inference import InferenceModel, WeightSet, build_weights
from spice_trainer.engines.shared.torch_model.loading import LoadedModel, load_model
from spice_trainer.models import ModelSource


class ReferenceModel:
    """The weights of the base model, read again from the source files when needed, and shared by
    all users."""

    def __init__(self, source: ModelSource, loaded: LoadedModel, sampler: InferenceModel, max_context: int) -> None:
        self._source = source
        self._loaded = loaded
        self._sampler = sampler
        self._max_context = max_context
        self._weights: weakref.ref[WeightSet] | None = None

    @contextmanager
    def adapters_off(self) -> Generator[None]:
        """A context in which scoring uses the base model only."""
        off = cast(AbstractContextManager[None], cast(Any, self._loaded.module).disable_adapter())
        with off:
            yield

    def weights(self) -> WeightSet:
        """Returns the base weights in the layout of the sampler. They are freed when the caller
        releases them, because a second copy of the model between two uses would take too much
        memory."""
        weights = self._weights() if self._weights is not None else None
        if weights is None:
            geometry = self._sampler.geometry
            base = load_model(self._source, None, 0, self._max_context, torch.float32, geometry.device)
            with torch.no_grad():
                weights = build_weights(base.effective(), self._sampler)
            self._weights = weakref.ref(weights)
        return weights
