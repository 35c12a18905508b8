"""The port with the SDK of the hosted service (0.38.0). profiles.py lists the known facts of the
service with their sources. All used calls are not deprecated in this SDK, which has no `load_state`
and no unloading, unlike 0.25.0."""

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
"""A bound that no gradient reaches. With a bound the service reports the norm; without a bound it
does not compute the norm [#275]."""


def service_url() -> str:
    """Returns the address of the service: `TINKER_BASE_URL`, or the default address of the SDK."""
    from tinker.lib.base_url import resolve_base_url

    return resolve_base_url()


def sdk_url() -> str:
    """Returns the default address of the SDK. Besides the address of the environment, only this
    address gets the key."""
    from tinker.lib.base_url import DEFAULT_BASE_URL

    return DEFAULT_BASE_URL


class HostedService(SdkService):
    """A session with the hosted service. It is finished at the end, which frees its models.
    `silent` is called when a call takes longer than the setting allows. The result of such a call
    is unknown, so the session cannot continue."""

    def __init__(
        self,
        settings: TinkerSettings,
        base_model: str,
        dead: Callable[[], BackendError | None],
        silent: Callable[[BackendError], None],
    ) -> None:
        """Connects. Raises FAILED_PRECONDITION (API_KEY_ABSENT, BASE_URL_NOT_ALLOWED,
        API_KEY_REFUSED), UNAVAILABLE."""
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
        # The service ends a session that was not finished when its heartbeats stop.
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
        """Sends the gradient as a cross-entropy whose weights are minus the slopes of the loss. The
        SDK sends a custom loss of a user in the same way. An importance-sampling loss would
        multiply each slope by the ratio between this pass and the pass before it, which is 1 only
        where sums repeat bit by bit."""
        data = [self._datum(one.row, {"weights": one.advantages}) for one in rows]
        self._service.call(lambda: self._client.forward_backward(data, "cross_entropy").result())

    def optim_step(self, adam: Adam, max_norm: float | None = None) -> float | None:
        asked = self._adam(adam, grad_clip_norm=UNREACHED if max_norm is None else max_norm)
        return norm_of(self._service.call(lambda: self._client.optim_step(asked).result()).metrics or {})

    def save_state(self, name: str) -> str:
        return str(self._service.call(lambda: self._client.save_state(name, ttl_seconds=self._ttl).result()).path)

    def snapshot(self, name: str) -> TinkerSampler:
        """Takes a snapshot. The service chooses its name and deletes it with the session."""
        client = self._service.call(lambda: self._client.save_weights_and_get_sampling_client().result())
        return HostedSampler(self._service, self._types, client)

    def unload(self) -> None:
        """Does nothing. The SDK has no such call, and the end of the session frees its models."""


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
        """Does nothing. The service deletes a snapshot with the session."""

    def _stops(self, draw: Draw) -> list[int] | None:
        # None would stop at the end of sequence, also where the sample is asked to go past it.
        return list(draw.stop_ids)

    def _future(self, sent: Any) -> Future[Any]:
        return sent.future()
