"""The port on the hosted service's SDK (0.38.0). What is known of the service, and from where:
profiles.py.

Every call of it is one that the SDK does not deprecate: `load_state` and unloading went away
between 0.25.0 and this one.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
# The SDK is in this backend's environment, not in every one where types are checked.

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np

from spice_trainer.api import F32, BackendError, BackendErrorCode
from spice_trainer.engines.tinker.sdk import SdkModel, SdkSampler, SdkService, norm_of
from spice_trainer.engines.tinker.service import Adam, Draw, GradientRow, Row, TinkerModel, TinkerSampler
from spice_trainer.engines.tinker.settings import TinkerSettings

FINISH_SECONDS = 10.0
UNREACHED = 1e12
"""A bound that no gradient has: with one the service tells the norm, without one it does not
compute it [#275]."""


def service_url() -> str:
    """The service's address: `TINKER_BASE_URL`, or the one that the SDK was made for."""
    from tinker.lib.base_url import resolve_base_url

    return resolve_base_url()


def sdk_url() -> str:
    """The address that the SDK was made for, the only one beside the environment's that is given
    the key."""
    from tinker.lib.base_url import DEFAULT_BASE_URL

    return DEFAULT_BASE_URL


class HostedService(SdkService):
    """A session with the hosted service. It is finished at the end, which frees its models.

    `silent` is told when a call takes longer than the setting allows: what the service still makes
    of it is not known, so nothing can go on from there."""

    def __init__(
        self,
        settings: TinkerSettings,
        base_model: str,
        dead: Callable[[], BackendError | None],
        silent: Callable[[BackendError], None],
    ) -> None:
        """Raises FAILED_PRECONDITION (API_KEY_ABSENT, BASE_URL_NOT_ALLOWED, API_KEY_REFUSED),
        UNAVAILABLE."""
        self._patience, self._silent = settings.patience_seconds, silent
        self._ttl = settings.checkpoint_ttl_hours * 3600 or None
        super().__init__(settings.base_url, base_model, dead, sdk_url())

    def create_model(self, rank: int, seed: int) -> TinkerModel:
        """See `TinkerService`."""
        client = self.call(
            lambda: self._client.create_lora_training_client(
                base_model=self._base_model, rank=rank, seed=seed & 0x7FFFFFFF
            ).result()
        )
        return HostedModel(self, self._tinker.types, client, self._ttl)

    def restore_model(self, path: str, rank: int, seed: int, *, moments: bool) -> TinkerModel:
        """See `TinkerService`."""
        make = (
            self._client.create_training_client_from_state_with_optimizer
            if moments
            else self._client.create_training_client_from_state
        )
        return HostedModel(self, self._tinker.types, self.call(lambda: make(path).result()), self._ttl)

    def close(self) -> None:
        """See `TinkerService`."""
        # The service ends a session that nobody finished by itself, when its heartbeats stop.
        with contextlib.suppress(Exception):
            self._client.close("success").result(FINISH_SECONDS)

    def _waited(self, seconds: float) -> BackendError | None:
        if seconds < self._patience:
            return None
        error = BackendError(
            BackendErrorCode.UNAVAILABLE,
            "SERVER_SILENT",
            f"the service did not answer a request within {self._patience} s",
            "see whether it has capacity, or raise the engine setting patience_seconds; then restart the trainer and load "
            "the last checkpoint",
        )
        self._silent(error)
        return error


class HostedModel(SdkModel):
    """See `TinkerModel`."""

    def __init__(self, service: HostedService, types: Any, client: Any, ttl: int | None) -> None:
        super().__init__(service, types, client, None)
        self._ttl = ttl

    def forward_backward(self, rows: Sequence[GradientRow]) -> None:
        """By cross-entropy: its weights are minus the loss's slopes, which is how the SDK itself
        sends a loss of the user's. An importance-sampling loss would multiply each slope by how far
        this pass is from the one before it: by 1, where sums repeat bit by bit."""
        data = [self._datum(one.row, {"weights": one.advantages}) for one in rows]
        self._service.call(lambda: self._client.forward_backward(data, "cross_entropy").result())

    def optim_step(self, adam: Adam, max_norm: float | None = None) -> float | None:
        asked = self._adam(adam, grad_clip_norm=UNREACHED if max_norm is None else max_norm)
        return norm_of(self._service.call(lambda: self._client.optim_step(asked).result()).metrics or {})

    def save_state(self, name: str) -> str:
        return str(self._service.call(lambda: self._client.save_state(name, ttl_seconds=self._ttl).result()).path)

    def snapshot(self, name: str) -> TinkerSampler:
        """The service names its snapshots itself, and forgets them with the session."""
        client = self._service.call(lambda: self._client.save_weights_and_get_sampling_client().result())
        return HostedSampler(self._service, self._types, client)

    def unload(self) -> None:
        """Nothing: the SDK has no such call; the session's end frees its models."""


class HostedSampler(SdkSampler):
    """See `ScoringSampler`."""

    def forward(self, rows: Sequence[Row]) -> list[F32]:
        """See `Scorer`."""
        sent = [
            self._client.compute_logprobs(
                self._types.ModelInput.from_ints(np.concatenate([row.prompt, row.completion]).tolist()),
                prompt_logprobs_last_n=len(row.completion),
            )
            for row in rows
        ]
        return [
            np.array(self._service.call(one.result)[-len(row.completion) :], dtype=np.float32)
            for row, one in zip(rows, sent, strict=True)
        ]

    def unload(self) -> None:
        """Nothing: the service forgets a snapshot with the session."""

    def _stops(self, draw: Draw) -> list[int] | None:
        # None would stop at the end of sequence, also where the sample is asked to go past it.
        return list(draw.stop_ids)

    def _future(self, sent: Any) -> Future[Any]:
        return sent.future()
