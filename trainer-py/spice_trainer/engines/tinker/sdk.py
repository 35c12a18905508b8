"""The port with the Tinker SDK in the version that SkyRL 0.4.0 accepts (0.25.0). Only this file and
`hosted_sdk.py` import the SDK."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
# The SDK is in this backend's environment, not in the one where types are checked.

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np

from spice_trainer.api import F32, BackendError
from spice_trainer.engines.tinker.access import NO_KEY, backend_error, keep_off_proxies, secret_for, withhold
from spice_trainer.engines.tinker.adam import clip_request
from spice_trainer.engines.tinker.service import (
    Adam,
    Draw,
    Drawn,
    GradientRow,
    Row,
    TinkerModel,
    TinkerSampler,
)

T = TypeVar("T")
LOOK_SECONDS = 0.25
NORMS = ("skyrl.ai/grad_norm", "unclipped_grad_l2:mean")
"""Names of the norm of the gradient at SkyRL and at the hosted service. Other names are found by
their ending."""


class SdkService:
    """A session with a server. `dead` returns the reason why the server has ended, and None while
    it runs. The SDK itself would retry for five minutes."""

    def __init__(self, url: str, base_model: str, dead: Callable[[], BackendError | None], own_url: str = "") -> None:
        """Connects. Raises FAILED_PRECONDITION (API_KEY_ABSENT, BASE_URL_NOT_ALLOWED),
        UNAVAILABLE."""
        self._dead, self._base_model = dead, base_model
        self._secret = secret_for(url, os.environ, own_url)
        key = self._secret or NO_KEY
        if not self._secret:
            keep_off_proxies(str(urlsplit(url).hostname))
            withhold(os.environ)
        # The telemetry of a failed request contains its headers, and so the key.
        os.environ["TINKER_TELEMETRY"] = "0"
        import tinker

        self._tinker: Any = tinker
        self._client: Any = self.call(lambda: tinker.ServiceClient(base_url=url, api_key=key))

    def create_model(self, rank: int, seed: int) -> TinkerModel:
        """See `TinkerService`."""
        client = self.call(
            lambda: self._client.create_lora_training_client(
                base_model=self._base_model, rank=rank, seed=seed & 0x7FFFFFFF
            )
        )
        return SdkModel(self, self._tinker.types, client, self._client)

    def restore_model(self, path: str, rank: int, seed: int, *, moments: bool) -> TinkerModel:
        """See `TinkerService`. A state can be loaded only by the first request of a new model."""
        model = self.create_model(rank, seed)
        assert isinstance(model, SdkModel)
        model.load_state(path, moments=moments)
        return model

    def close(self) -> None:
        """See `TinkerService`."""
        self._client.holder.close()

    def call(self, work: Callable[[], T]) -> T:
        """Runs a blocking call of the SDK, and stops waiting when the server has ended."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as failed:
                future.set_exception(failed)

        threading.Thread(target=run, name="tinker call", daemon=True).start()
        began = time.monotonic()
        while True:
            try:
                return future.result(LOOK_SECONDS)
            except NotYet as waiting:
                if future.done():
                    raise self.error(waiting) from waiting
                gone = self._dead() or self._waited(time.monotonic() - began)
                if gone is not None:
                    raise gone from None
            except BackendError:
                raise
            except Exception as failed:
                raise self.error(failed) from failed

    def _waited(self, seconds: float) -> BackendError | None:
        """Returns the error of a call that takes longer than this time; None: wait longer. A local
        server is watched, so there is no limit."""
        return None

    def error(self, failed: Exception) -> BackendError:
        """Returns the error of the backend for an error of the SDK, without the key."""
        return self._dead() or backend_error(failed, self._secret)

    def unload(self, model_id: str) -> None:
        """Unloads a model. Only the low-level resources of the SDK have this call."""
        holder, types = self._client.holder, self._tinker.types
        from tinker.lib.client_connection_pool_type import ClientConnectionPoolType

        async def send() -> None:
            with holder.aclient(ClientConnectionPoolType.TRAIN) as client:
                await client.models.unload(request=types.UnloadModelRequest(model_id=model_id))

        self.call(lambda: holder.run_coroutine_threadsafe(send()).result())


class SdkModel:
    """See `TinkerModel`."""

    def __init__(self, service: SdkService, types: Any, client: Any, factory: Any) -> None:
        self._service, self._types, self._client, self._factory = service, types, client, factory

    @property
    def model_id(self) -> str:
        return str(self._client.model_id)

    def forward(self, rows: Sequence[Row]) -> list[F32]:
        data = [self._datum(row, {"weights": np.ones(len(row.completion), dtype=np.float32)}) for row in rows]
        told = self._service.call(lambda: self._client.forward(data, "cross_entropy").result())
        return [
            np.asarray(one["logprobs"].tolist(), dtype=np.float32)[-len(row.completion) :]
            for row, one in zip(rows, told.loss_fn_outputs, strict=True)
        ]

    def forward_backward(self, rows: Sequence[GradientRow]) -> None:
        data = [
            self._datum(
                one.row,
                {
                    # Without weights SkyRL would count prompt positions.
                    "weights": np.ones(len(one.advantages), dtype=np.float32),
                    "logprobs": one.logprobs,
                    "advantages": one.advantages,
                },
            )
            for one in rows
        ]
        self._service.call(lambda: self._client.forward_backward(data, "importance_sampling").result())

    def optim_step(self, adam: Adam, max_norm: float | None = None) -> float | None:
        metrics = self._service.call(lambda: self._client.optim_step(self._adam(adam)).result()).metrics or {}
        return norm_of(metrics)

    def _adam(self, adam: Adam, **more: float) -> Any:
        return self._types.AdamParams(
            learning_rate=adam.learning_rate,
            beta1=adam.beta1,
            beta2=adam.beta2,
            eps=adam.epsilon,
            weight_decay=adam.weight_decay,
            **more,
        )

    def clip(self, bound: float) -> float:
        norm = self.optim_step(clip_request(bound))
        return math.nan if norm is None else norm

    def save_state(self, name: str) -> str:
        return str(self._service.call(lambda: self._client.save_state(name).result()).path)

    def load_state(self, path: str, *, moments: bool) -> None:
        load = self._client.load_state_with_optimizer if moments else self._client.load_state
        self._service.call(lambda: load(path).result())

    def snapshot(self, name: str) -> TinkerSampler:
        path = self._service.call(lambda: self._client.save_weights_for_sampler(name).result()).path
        return SdkSampler(
            self._service,
            self._types,
            self._service.call(lambda: self._factory.create_sampling_client(model_path=path)),
        )

    def unload(self) -> None:
        self._service.unload(self.model_id)

    def _datum(self, row: Row, columns: dict[str, F32]) -> Any:
        """Returns the datum of the SDK. `columns` are those of the completion; prompt positions get
        zeros."""
        ids = np.concatenate([row.prompt, row.completion]).astype(np.int64)
        head = np.zeros(len(row.prompt) - 1, dtype=np.float32)
        return self._types.Datum(
            model_input=self._types.ModelInput.from_ints(ids[:-1].tolist()),
            loss_fn_inputs={
                "target_tokens": ids[1:],
                **{name: np.concatenate([head, values]).astype(np.float32) for name, values in columns.items()},
            },
        )


class SdkSampler:
    """See `TinkerSampler`."""

    def __init__(self, service: SdkService, types: Any, client: Any) -> None:
        self._service, self._types, self._client = service, types, client

    def draw(self, draw: Draw, done: Callable[[Drawn | Exception], None]) -> None:
        params = self._types.SamplingParams(
            max_tokens=draw.max_tokens,
            seed=draw.seed,
            stop=self._stops(draw),
            temperature=1.0,
            top_k=draw.top_k or -1,
            top_p=draw.top_p,
        )

        def came(future: Future[Any]) -> None:
            try:
                one = future.result().sequences[0]
                drawn = Drawn(np.asarray(one.tokens, dtype=np.int32), np.asarray(one.logprobs, dtype=np.float32))
            except Exception as failed:
                done(self._service.error(failed))
            else:
                done(drawn)

        prompt = self._types.ModelInput.from_ints(draw.prompt.tolist())
        self._future(self._client.sample(prompt, 1, params)).add_done_callback(came)

    def _stops(self, draw: Draw) -> list[int] | None:
        return list(draw.stop_ids) or None

    def _future(self, sent: Any) -> Future[Any]:
        return sent


def norm_of(metrics: Mapping[str, float]) -> float | None:
    """Returns the norm of the gradient among the metrics of an update, or None when it is
    absent."""
    known = [value for name, value in metrics.items() if name in NORMS or name.endswith("grad_norm")]
    return float(known[0]) if known else None
