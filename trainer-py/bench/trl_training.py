"""Lane: the same step by TRL's GRPOTrainer (loss_type dr_grpo), replaying the recorded batch
instead of generating.

Counted: forward, backward and the optimiser. Not counted: the replayed generation, rewards,
advantages. Runs in an environment of its own (`spice trainer install bench-trl`).
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from bench.lane import Lane, options, versions


class TimedTrainer(GRPOTrainer):
    """Measures what is to be left out of a step: everything before its forward pass."""

    preparing = 0.0

    def _generate_and_score_completions(self, *arguments: Any, **named: Any) -> Any:
        started = time.perf_counter()
        prepared = super()._generate_and_score_completions(*arguments, **named)
        self.preparing += time.perf_counter() - started
        return prepared


class Turns(TrainerCallback):
    """Waits for a turn before each optimiser step and reports it after."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self.trainer: TimedTrainer | None = None
        self._started = 0.0
        self._result: dict[str, Any] | None = None

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._flush()
        if not self._lane.wait():
            raise SystemExit(0)
        assert self.trainer is not None
        self.trainer.preparing = 0.0
        self._started = time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        assert self.trainer is not None
        self._result = {"seconds": time.perf_counter() - self._started - self.trainer.preparing}

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        if self._result is not None and logs and "grad_norm" in logs:
            self._result |= {"loss": logs["loss"], "gradNorm": float(logs["grad_norm"])}
            self._flush()

    def _flush(self) -> None:
        if self._result is not None:
            self._lane.done(self._result)
            self._result = None


def main(lane: Lane) -> None:
    """Runs until there are no more turns."""
    given = options()
    torch.set_num_threads(given["threads"])
    record = json.loads(Path(given["record"]).read_text())
    completions = record["completions"]
    group = len(completions)
    rewards = [one["reward"] for one in completions]
    micro = given["microBatch"]
    config = GRPOConfig(
        output_dir=tempfile.mkdtemp(prefix="spice-bench-trl-"),
        use_cpu=not torch.cuda.is_available(),
        bf16=given["dtype"] == "bfloat16",
        loss_type="dr_grpo",
        scale_rewards="none",
        beta=0.0,
        num_generations=group,
        max_completion_length=given["newTokens"],
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=group // micro,
        steps_per_generation=group // micro,
        max_steps=given["turns"],
        learning_rate=1e-6,
        lr_scheduler_type="constant",
        gradient_checkpointing=False,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )

    def replay(prompts: list[Any], trainer: Any) -> dict[str, Any]:
        return {
            "prompt_ids": [record["prompt_ids"] for _ in prompts],
            "completion_ids": [completions[i % group]["ids"] for i in range(len(prompts))],
            "logprobs": [completions[i % group]["logprobs"] for i in range(len(prompts))],
        }

    def reward(completions: list[Any], **_: Any) -> list[float]:
        return [rewards[i % group] for i in range(len(completions))]

    tokenizer = AutoTokenizer.from_pretrained(given["model"])
    turns = Turns(lane)
    trainer = TimedTrainer(
        model=AutoModelForCausalLM.from_pretrained(given["model"], dtype=torch.float32, attn_implementation="sdpa"),
        reward_funcs=reward,
        args=config,
        train_dataset=Dataset.from_list([{"prompt": "recorded"}] * given["turns"]),
        processing_class=tokenizer,
        callbacks=[turns],
        rollout_func=replay,
    )
    turns.trainer = trainer
    lane.ready(versions=versions("trl", "torch", "transformers", "accelerate"))
    trainer.train()
