"""The port on the Tinker SDK. The only module that imports it."""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
# The SDK is in this backend's environment, not in the one where types are checked.

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np

from spice_trainer.backend import F32, BackendError, BackendErrorCode
from spice_trainer.backends.tinker.adam import clip_request
from spice_trainer.backends.tinker.service import (
    Adam,
    Draw,
    Drawn,
    GradientRow,
    Row,
    TinkerModel,
    TinkerSampler,
)

T = TypeVar("T")
KEY_VARIABLE = "TINKER_API_KEY"
URL_VARIABLE = "TINKER_BASE_URL"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
LOOK_SECONDS = 0.25
NORM = "skyrl.ai/grad_norm"
"""SkyRL's name for it. Others are found by their ending."""


class SdkService:
    """A session with a server. `dead` tells why the server is gone, None while it lives: the SDK itself would go on trying
    for five minutes."""

    def __init__(self, url: str, base_model: str, dead: Callable[[], BackendError | None]) -> None:
        """Raises FAILED_PRECONDITION (API_KEY_ABSENT, BASE_URL_NOT_ALLOWED), UNAVAILABLE."""
        self._dead, self._base_model = dead, base_model
        self._secret = secret_for(url, os.environ)
        key = self._secret or "tml-local"  # the SDK wants one of this form
        if not self._secret:
            _keep_off_proxies(str(urlsplit(url).hostname))
        os.environ.setdefault("TINKER_TELEMETRY", "0")
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

    def close(self) -> None:
        """See `TinkerService`."""
        self._client.holder.close()

    def call(self, work: Callable[[], T]) -> T:
        """Run a blocking call of the SDK, and give up when the server is dead."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as failed:
                future.set_exception(failed)

        threading.Thread(target=run, name="tinker call", daemon=True).start()
        while True:
            try:
                return future.result(LOOK_SECONDS)
            except NotYet as waiting:
                if future.done():
                    raise self.error(waiting) from waiting
                gone = self._dead()
                if gone is not None:
                    raise gone from None
            except BackendError:
                raise
            except Exception as failed:
                raise self.error(failed) from failed

    def error(self, failed: Exception) -> BackendError:
        """The backend's error for one of the SDK's, without the key."""
        return self._dead() or backend_error(failed, self._secret)

    def unload(self, model_id: str) -> None:
        """The SDK has this among its low-level resources only."""
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
        data = [self._datum(row, {}) for row in rows]
        told = self._service.call(lambda: self._client.forward(data, "cross_entropy").result())
        return [
            np.asarray(one["logprobs"].tolist(), dtype=np.float32)[-len(row.completion) :]
            for row, one in zip(rows, told.loss_fn_outputs, strict=True)
        ]

    def forward_backward(self, rows: Sequence[GradientRow]) -> None:
        data = [self._datum(one.row, {"logprobs": one.logprobs, "advantages": one.advantages}) for one in rows]
        self._service.call(lambda: self._client.forward_backward(data, "importance_sampling").result())

    def optim_step(self, adam: Adam) -> float:
        asked = self._types.AdamParams(
            learning_rate=adam.learning_rate,
            beta1=adam.beta1,
            beta2=adam.beta2,
            eps=adam.epsilon,
            weight_decay=adam.weight_decay,
        )
        metrics = self._service.call(lambda: self._client.optim_step(asked).result()).metrics or {}
        norms = [value for name, value in metrics.items() if name == NORM or name.endswith("grad_norm")]
        return float(norms[0]) if norms else float("nan")

    def clip(self, bound: float) -> float:
        return self.optim_step(clip_request(bound))

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
        """Prompt positions get weight 0: without weights the server would count them."""
        ids = np.concatenate([row.prompt, row.completion]).astype(np.int64)
        head = np.zeros(len(row.prompt) - 1, dtype=np.float32)
        weights = np.ones(len(row.completion), dtype=np.float32)
        inputs = {name: np.concatenate([head, values]) for name, values in {"weights": weights, **columns}.items()}
        return self._types.Datum(
            model_input=self._types.ModelInput.from_ints(ids[:-1].tolist()),
            loss_fn_inputs={"target_tokens": ids[1:], **inputs},
        )


class SdkSampler:
    """See `TinkerSampler`."""

    def __init__(self, service: SdkService, types: Any, client: Any) -> None:
        self._service, self._types, self._client = service, types, client

    def draw(self, draw: Draw, done: Callable[[Drawn | Exception], None]) -> None:
        params = self._types.SamplingParams(
            max_tokens=draw.max_tokens,
            seed=draw.seed,
            stop=list(draw.stop_ids) or None,
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
        self._client.sample(prompt, 1, params).add_done_callback(came)


def secret_for(url: str, environment: Mapping[str, str]) -> str:
    """The key for this server; empty for one on loopback, which gets none.

    The address may come with a request, the key is this machine's: so it goes to the address of the environment alone.
    Raises FAILED_PRECONDITION (BASE_URL_NOT_ALLOWED, API_KEY_ABSENT).
    """
    if urlsplit(url).hostname in _LOOPBACK:
        return ""
    if url.rstrip("/") != environment.get(URL_VARIABLE, "").rstrip("/"):
        raise BackendError(
            BackendErrorCode.PRECONDITION,
            "BASE_URL_NOT_ALLOWED",
            f"engine.base_url is {url}, which this trainer's {URL_VARIABLE} does not name",
            f"set {URL_VARIABLE} to the server's address in the trainer's environment",
        )
    key = environment.get(KEY_VARIABLE, "")
    if not key:
        raise BackendError(
            BackendErrorCode.PRECONDITION,
            "API_KEY_ABSENT",
            f"{KEY_VARIABLE} is not set",
            "put the key into the trainer's environment; it is not read from a request",
        )
    return key


def backend_error(failed: Exception, secret: str) -> BackendError:
    """By what the server said. `secret` is cut out."""
    text = str(failed).splitlines()[0] if str(failed) else type(failed).__name__
    if secret:
        text = text.replace(secret, "[key]")
    status = getattr(failed, "status_code", None)
    if status in (401, 403):
        return BackendError(
            BackendErrorCode.PRECONDITION,
            "API_KEY_REFUSED",
            f"the server refused the key: {text}",
            f"check {KEY_VARIABLE} in the trainer's environment",
        )
    if "Maximum number of LoRA adapters" in text:
        return BackendError(
            BackendErrorCode.MEMORY, "NO_SLOT", text, "lower keep_versions, or wait until samples in flight have ended"
        )
    if status in (400, 422):
        return BackendError(BackendErrorCode.INVALID, "SERVER_REFUSED", f"the server refused a request: {text}")
    return BackendError(
        BackendErrorCode.UNAVAILABLE,
        "SERVER_FAILED",
        f"the server failed: {text}",
        "restart the trainer and load the last checkpoint",
    )


def _keep_off_proxies(host: str) -> None:
    """A proxy of the environment would capture loopback, too."""
    for name in ("NO_PROXY", "no_proxy"):
        known = os.environ.get(name, "")
        if host not in known.split(","):
            os.environ[name] = f"{known},{host}" if known else host
