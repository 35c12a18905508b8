"""Sample requests of one engine: waiting requests, and requests that the engine works on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from spice_trainer.api import (
    I32,
    BackendError,
    BackendErrorCode,
    FinishReason,
    SampleDone,
    SampleEvent,
    SampleRequest,
    SampleStarted,
)
from spice_trainer.engines.shared.vllm_engine.messages import Sample
from spice_trainer.engines.shared.vllm_engine.requests import NOTHING, Request, to_message


class SampleQueue:
    """Not for use by several threads: `EngineSupervisor` holds its lock during every call."""

    def __init__(
        self, on_cancel: Callable[[Request, int | None], None], decode: Callable[[Sequence[int]], str]
    ) -> None:
        """`on_cancel` gets a request and the index of a prompt, or None for all prompts, when the
        client cancels."""
        self._on_cancel, self._decode = on_cancel, decode
        self._requests: dict[int, Request] = {}
        self._unsent: list[Sample] = []
        self._last_number = 0

    def add(
        self,
        request: SampleRequest,
        prompt_ids: tuple[I32, ...],
        stop_ids: frozenset[int],
        max_context: int,
        version: int,
        sink: Callable[[SampleEvent], None],
    ) -> Request:
        """Adds a request whose samples begin with `version`. They wait until `take_unsent`."""
        self._last_number += 1
        places = {
            f"{self._last_number}.{prompt}.{sample}": (prompt, sample)
            for prompt, spec in enumerate(request.prompts)
            for sample in range(len(spec.seeds))
        }
        made = Request(self._on_cancel, self._last_number, request, prompt_ids, sink, dict(places), version)
        made.emit(SampleStarted(version, prompt_ids))
        if not places:
            made.emit(SampleDone(0, 0, 0.0))
            return made
        self._requests[made.number] = made
        self._unsent += [
            to_message(name, request, prompt_ids[prompt], prompt, sample, stop_ids, max_context)
            for name, (prompt, sample) in places.items()
        ]
        return made

    def take_unsent(self) -> list[Sample]:
        """Returns the samples that no engine process got yet, in order. The caller sends them."""
        unsent, self._unsent = self._unsent, []
        return unsent

    def cancel(self, request: Request, prompt_index: int | None) -> list[str]:
        """Ends the unsent samples of one prompt, or of all prompts. Returns the names of the
        samples that an engine works on."""
        chosen = {
            name for name, (prompt, _) in request.waiting.items() if prompt_index is None or prompt == prompt_index
        }
        unsent = self._drop_unsent(chosen)
        for name in unsent:
            self._end(request, name, FinishReason.ABORTED)
        return sorted(chosen.difference(unsent))

    def finished(self, message: dict[str, Any]) -> None:
        """Records that the engine finished a sample."""
        request = self._find(message["id"])
        if request is None:
            return
        reason = FinishReason(message["reason"])
        if reason is FinishReason.LENGTH and len(message["tokens"]) < request.request.params.max_tokens:
            reason = FinishReason.CONTEXT
        self._end(request, message["id"], reason, message)

    def refused(self, message: dict[str, Any]) -> None:
        """Records that the engine refused a sample."""
        request = self._find(message["id"])
        if request is not None:
            why = f"vLLM refused it: {message['error']}"
            request.error = BackendError(BackendErrorCode.INVALID, "SAMPLE_REFUSED", why)
            self._end(request, message["id"], FinishReason.ERROR)

    def fail_sent(self, error: BackendError) -> None:
        """Ends every request whose samples were partly sent to the engine, because the process has
        ended."""
        unsent = {one.id for one in self._unsent}
        self._fail([one for one in self._requests.values() if not unsent.issuperset(one.waiting)], error)

    def fail_all(self, error: BackendError) -> None:
        """Ends every request."""
        self._fail(list(self._requests.values()), error)

    def _fail(self, requests: Iterable[Request], error: BackendError) -> None:
        for request in requests:
            request.error = error
            self._drop_unsent(set(request.waiting))
            for name in list(request.waiting):
                self._end(request, name, FinishReason.ERROR)

    def _drop_unsent(self, names: set[str]) -> list[str]:
        dropped = [one.id for one in self._unsent if one.id in names]
        self._unsent = [one for one in self._unsent if one.id not in names]
        return dropped

    def _find(self, name: str) -> Request | None:
        """Returns the request of an unfinished sample."""
        request = self._requests.get(int(name.split(".")[0]))
        return request if request is not None and name in request.waiting else None

    def _end(self, request: Request, name: str, reason: FinishReason, message: Mapping[str, Any] = NOTHING) -> None:
        if request.end(name, reason, message, self._decode):
            self._requests.pop(request.number, None)
