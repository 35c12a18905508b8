"""The reference policy: the model as it was loaded."""

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
    """The base model's weights, read again from the source files when asked for; shared by whoever still holds them."""

    def __init__(self, source: ModelSource, loaded: LoadedModel, sampler: InferenceModel, max_context: int) -> None:
        self._source = source
        self._loaded = loaded
        self._sampler = sampler
        self._max_context = max_context
        self._weights: weakref.ref[WeightSet] | None = None

    @contextmanager
    def adapters_off(self) -> Generator[None]:
        """Scoring inside uses the base model alone."""
        off = cast(AbstractContextManager[None], cast(Any, self._loaded.module).disable_adapter())
        with off:
            yield

    def weights(self) -> WeightSet:
        """The base weights in the sampler's layout. The caller keeps them alive: a second copy of the model is not worth
        its memory between two uses."""
        weights = self._weights() if self._weights is not None else None
        if weights is None:
            geometry = self._sampler.geometry
            base = load_model(self._source, None, 0, self._max_context, torch.float32, geometry.device)
            with torch.no_grad():
                weights = build_weights(base.effective(), self._sampler)
            self._weights = weakref.ref(weights)
        return weights
