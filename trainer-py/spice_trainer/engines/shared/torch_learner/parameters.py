"""Master weights, gradient accumulators and AdamW."""

from __future__ import annotations

import math
import time

import torch
from torch import Tensor, nn

from spice_trainer.api import BackendError, BackendErrorCode, OptimResult, OptimSpec


class Parameters:
    """The trainable tensors. Master weights and accumulators are float32. With float32 computation
    a parameter is its own master, and `.grad` is its accumulator. With bfloat16 computation the
    model has the rounded copy; each gradient is added to a float32 accumulator as soon as autograd
    computed it, and then freed."""

    def __init__(self, trainable: dict[str, nn.Parameter], compute: torch.dtype) -> None:
        self.model = trainable
        self.step = 0
        self._accumulators: dict[str, Tensor] = {}
        self._pending = False
        self.masters: dict[str, nn.Parameter] = dict(trainable)
        if compute != torch.float32:
            for name, parameter in trainable.items():
                if parameter.dtype == torch.float32 and "lora_" in name:
                    continue  # adapters are small, and PEFT computes with them in float32
                self.masters[name] = nn.Parameter(parameter.detach().float().clone())
                parameter.data = parameter.data.to(compute)
                parameter.register_post_accumulate_grad_hook(self._collector(name))
        self._optimizer = torch.optim.AdamW(self.masters.values(), lr=0.0, fused=True)

    def _collector(self, name: str):
        def collect(parameter: Tensor) -> None:
            assert parameter.grad is not None
            self.accumulator(name).add_(parameter.grad)
            parameter.grad = None

        return collect

    def accumulator(self, name: str) -> Tensor:
        """Returns the float32 sum of the gradients of a tensor, initially zeros."""
        if self.masters[name] is self.model[name]:
            parameter = self.model[name]
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            return parameter.grad
        if name not in self._accumulators:
            self._accumulators[name] = torch.zeros_like(self.masters[name])
        return self._accumulators[name]

    def mark(self) -> None:
        """Records that a gradient exists, also if it is zero. Called after each
        forward_backward."""
        self._pending = True

    def discard(self) -> None:
        """Frees all gradients."""
        for parameter in self.model.values():
            parameter.grad = None
        self._accumulators.clear()
        self._pending = False

    def update(self, spec: OptimSpec) -> OptimResult:
        """Makes one AdamW step with decoupled weight decay on every trainable tensor, then frees
        the gradients. A gradient that is not finite does not change weights, moments and step
        count. Raises FAILED_PRECONDITION (NO_GRADIENT) when nothing was accumulated."""
        started = time.perf_counter()
        if not self._pending:
            raise BackendError(
                BackendErrorCode.PRECONDITION,
                "NO_GRADIENT",
                "there is no gradient to apply",
                "call ForwardBackward first; a discarded or non-finite gradient is not kept",
            )
        gradients = [self.accumulator(name) for name in self.masters]
        norm = float(torch.nn.utils.get_total_norm(gradients))
        if not math.isfinite(norm):
            self.discard()
            return OptimResult(self.step, norm, skipped=True, seconds=time.perf_counter() - started)
        if spec.max_grad_norm is not None and norm > spec.max_grad_norm:
            scale = spec.max_grad_norm / norm
            for gradient in gradients:
                gradient.mul_(scale)
        for (name, master), gradient in zip(self.masters.items(), gradients, strict=True):
            if master is not self.model[name]:
                master.grad = gradient
        for group in self._optimizer.param_groups:
            group.update(
                lr=spec.learning_rate,
                betas=(spec.beta1, spec.beta2),
                eps=spec.epsilon,
                weight_decay=spec.weight_decay,
            )
        if spec.reset_moments:
            self._optimizer.state.clear()
        self._optimizer.step()
        self.step += 1
        for master in self.masters.values():
            master.grad = None
        self.discard()
        self.refresh()
        return OptimResult(self.step, norm, skipped=False, seconds=time.perf_counter() - started)

    @torch.no_grad()
    def refresh(self) -> None:
        """Rounds the master weights into the copy for computation."""
        for name, parameter in self.model.items():
            if self.masters[name] is not parameter:
                parameter.copy_(self.masters[name])

    def moments(self) -> dict[str, Tensor]:
        """Returns the state of the optimizer as named tensors: `NAME.exp_avg`,
        `NAME.exp_avg_sq`, and `step`, the number of updates since the moments were reset. Empty
        before the first step."""
        found: dict[str, Tensor] = {}
        for name, master in self.masters.items():
            state = self._optimizer.state.get(master, {})
            found.update({f"{name}.{key}": state[key] for key in ("exp_avg", "exp_avg_sq") if key in state})
            if "step" in state:
                found["step"] = state["step"]
        return found

    @torch.no_grad()
    def restore(self, weights: dict[str, Tensor], moments: dict[str, Tensor], step: int) -> None:
        """Replaces master weights, moments and step, and discards gradients."""
        for name, master in self.masters.items():
            master.copy_(weights[name])
        self._optimizer.state.clear()
        if moments:
            for name, master in self.masters.items():
                self._optimizer.state[master] = {
                    "step": moments["step"].clone(),
                    "exp_avg": moments[f"{name}.exp_avg"].to(master.device),
                    "exp_avg_sq": moments[f"{name}.exp_avg_sq"].to(master.device),
                }
        self.step = step
        self.discard()
        self.refresh()
