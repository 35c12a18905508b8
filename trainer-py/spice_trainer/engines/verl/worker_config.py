"""The configuration of a worker of verl."""

# verl is installed in the environment of this backend only, and not in the environment of the type
# checker.
# pyright: reportMissingImports=false
from __future__ import annotations

from pathlib import Path
from typing import Any

from verl.trainer.config import CheckpointConfig
from verl.workers.config import FSDPEngineConfig, FSDPOptimizerConfig, HFModelConfig, TrainingWorkerConfig

from spice_trainer.engines.verl.settings import WorkerSettings

_FLOAT32 = {"param_dtype": "fp32", "reduce_dtype": "fp32", "buffer_dtype": "fp32"}


def worker_config(settings: WorkerSettings, model: Path) -> Any:
    """Returns the configuration: FSDP2, float32 everywhere, plain attention. Learning rate and
    similar values are placeholders, because each update has its own. `clip_grad` is infinite,
    because clipping is done before the step of verl (worker.py)."""
    return TrainingWorkerConfig(
        model_type="language_model",
        model_config=HFModelConfig(
            path=str(model),
            load_tokenizer=False,
            trust_remote_code=False,
            use_remove_padding=False,  # needs flash attention
            enable_gradient_checkpointing=bool(settings.gradient_checkpointing),
            override_config={"attn_implementation": "sdpa"},
        ),
        engine_config=FSDPEngineConfig(
            strategy="fsdp2",
            forward_only=False,
            use_torch_compile=False,
            use_dynamic_bsz=False,  # micro-batches are made by rounds.py
            micro_batch_size_per_gpu=1,
            infer_micro_batch_size_per_gpu=1,
            max_token_len_per_gpu=settings.train_tokens,
            param_offload=False,
            optimizer_offload=False,
            fsdp_size=settings.workers,
            model_dtype="fp32",
            mixed_precision=_FLOAT32,
        ),
        optimizer_config=FSDPOptimizerConfig(
            lr=0.0, weight_decay=0.0, clip_grad=float("inf"), total_training_steps=1, lr_warmup_steps=0
        ),
        checkpoint_config=CheckpointConfig(),
    )
