"""A trainer on plain transformers: any causal language model, all weights, one process.

`spice_trainer.toolkit.torch` supplies sampling, token losses, AdamW and the files of a checkpoint.
This file connects them to a model. Copy it and change what your engine does otherwise.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from spice_trainer import api, toolkit
from spice_trainer.api import F32, I32, BackendError, BackendErrorCode
from spice_trainer.toolkit import checkpoint_files
from spice_trainer.toolkit import torch as kit
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

KEEP_VERSIONS = 2
"""Published versions that stay in memory. Nobody else releases them during a run."""


class TransformersTrainer:
    """Implements `spice_trainer.api.Backend`. `open` sets the attributes below."""

    model: Any
    """The model in training, float32."""
    tokenizer: Any
    optimizer: kit.AdamW
    sampler: kit.TorchSampler
    base: dict[str, Tensor]
    """Weights before training: the reference policy."""
    published: dict[int, tuple[api.PolicyVersion, dict[str, Tensor]]]
    """Versions that can be sampled, with their weights, which never change."""
    next_version: int
    info: api.ModelInfo

    @classmethod
    def create(cls) -> api.Backend:
        """Called by the sidecar on the class that the entry point names."""
        return cls()

    def capabilities(self) -> api.Capabilities:
        """Exactly what works. The sidecar refuses everything else."""
        return api.Capabilities(
            backend="transformers",
            trainable=("full",),
            max_lora_rank=0,
            compute_dtypes=("float32",),
            losses=("policy_gradient", "cross_entropy"),
            surrogates=("ppo_clip", "cispo", "plain"),
            ratios=("token", "sequence", "none"),
            ratio_baselines=("old", "behaviour", "current"),
            corrections=(
                "none",
                "token_truncate",
                "sequence_truncate",
                "token_mask",
                "sequence_mask",
                "geometric_mask",
            ),
            kl_estimators=("none", "k1", "k2", "k3"),
            kl_references=("client_logprobs",),
            scoring_references=("base", "version"),
            sampling_parameters=kit.SAMPLING_PARAMETERS,
            logprob_modes=("temperature_scaled", "raw"),
            logprob_source="emitted",
            seed_support="best_effort",
            determinism="E1",
            checkpoint_scopes=("weights", "optimizer"),
            publish_modes=("keep",),
            concurrent_train_and_sample=True,
            max_samples_per_prompt=1024,
            max_in_flight_samples=4096,
            max_tokens_per_microbatch=1 << 13,
        )

    def open(self, spec: api.OpenSpec, progress: api.ProgressSink) -> api.ModelInfo:
        """Loads a model folder and publishes version 0."""
        folder = Path(spec.model)
        if not (folder / "config.json").is_file():
            raise BackendError(
                BackendErrorCode.NOT_FOUND,
                "MODEL_NOT_FOUND",
                f"{folder} has no config.json",
                "set model.id to a folder with a model of transformers",
            )
        torch.manual_seed(spec.seed)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.optimizer = kit.AdamW(dict(self.model.named_parameters()))
        self.base = self.optimizer.weights()
        self.published, self.next_version = {}, 0
        eos = self.model.generation_config.eos_token_id
        ends = tuple(eos) if isinstance(eos, list) else (int(eos),)
        sampling = copy.deepcopy(self.model)
        self.sampler = kit.TorchSampler(sampling, self.decode, ends, spec.max_context_tokens)
        count = sum(one.numel() for one in self.base.values())
        tokens = (folder / "tokenizer.json").read_bytes()
        self.info = api.ModelInfo(
            name=spec.model,
            parameters=count,
            trainable_parameters=count,
            vocabulary=self.model.config.vocab_size,
            max_context_tokens=spec.max_context_tokens,
            weights_dtype="float32",
            compute_dtype="float32",
            device="cpu",
            model_fingerprint=self.publish().digest,
            tokenizer_fingerprint=hashlib.sha256(tokens).hexdigest(),
            tokenizer_path=str(folder),
            eos_token_ids=ends,
        )
        return self.info

    def close(self) -> None:
        """Ends what `open` started: here, nothing."""

    # ------------------------------------------------------------------------------------- tokens

    def tokenize(self, prompts: Sequence[api.Prompt]) -> list[I32]:
        """Token ids of each prompt, int32 [tokens]."""
        return [np.array(self._prompt_ids(prompt), dtype=np.int32) for prompt in prompts]

    def _prompt_ids(self, prompt: api.Prompt) -> Sequence[int] | I32:
        if prompt.token_ids is not None:
            return prompt.token_ids
        if prompt.text is not None:
            return self.tokenizer(prompt.text)["input_ids"]
        messages = [{"role": one.role, "content": one.content} for one in prompt.chat or ()]
        encoded = self.tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_dict=True
        )
        return encoded["input_ids"]

    def encode_completions(self, texts: Sequence[str], append_eos: bool) -> list[I32]:
        """Token ids of texts that are trained on."""
        end = [self.info.eos_token_ids[0]] if append_eos else []
        ids = (self.tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts)
        return [np.array([*one, *end], dtype=np.int32) for one in ids]

    def decode(self, ids: Sequence[int]) -> str:
        """Text of token ids, special tokens removed."""
        return self.tokenizer.decode(list(ids), skip_special_tokens=True)

    # ----------------------------------------------------------------------------------- sampling

    def submit(
        self, request: api.SampleRequest, sink: Callable[[api.SampleEvent], None]
    ) -> api.Generation:
        """Starts to sample from a version and returns. The sampler has threads of its own."""
        newest = self.next_version - 1
        version = newest if request.policy_version is None else request.policy_version
        prompts = self.tokenize([row.prompt for row in request.prompts])
        return self.sampler.submit(request, prompts, version, self.weights_of(version), sink)

    def weights_of(self, target: Literal["current", "reference"] | int) -> Mapping[str, Tensor]:
        """Weights in training, of the base model, or of a version. Raises VERSION_UNKNOWN."""
        if target == "current":
            return self.optimizer.parameters
        if target == "reference":
            return self.base
        if target not in self.published:
            message = f"there is no policy version {target}"
            raise BackendError(BackendErrorCode.NOT_FOUND, "VERSION_UNKNOWN", message)
        return self.published[target][1]

    # ----------------------------------------------------------------------- gradients and scores

    def logprobs(
        self,
        weights: Mapping[str, Tensor],
        prompt: I32,
        completion: I32,
        temperature: float,
    ) -> tuple[Tensor, Tensor]:
        """Log-probability and entropy of each completion token, float64 [N]."""
        ids = torch.from_numpy(np.concatenate([prompt, completion]).astype(np.int64))
        inputs = {"input_ids": ids[:-1].unsqueeze(0), "use_cache": False}
        output = torch.func.functional_call(self.model, dict(weights), (), inputs)
        # The logits at a position predict the next token: from the last token of the prompt on.
        predicting = output.logits[0, len(prompt) - 1 :]
        return kit.token_logprobs(predicting, ids[len(prompt) :], temperature)

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"] | int,
        temperature: float,
        progress: api.ProgressSink,
    ) -> list[F32]:
        """Log-probabilities of given completions, each with the index of its prompt."""
        weights, rows = self.weights_of(target), list[F32]()
        with torch.inference_mode():
            for index, completion in sequences:
                self.stop_if_asked(progress)
                found, _ = self.logprobs(weights, prompts[index], completion, temperature)
                rows.append(found.float().numpy())
        return rows

    def forward_backward(
        self,
        batch: api.TrainBatch,
        loss: api.LossSpec,
        normalizer: float,
        want_logprobs: bool,
        progress: api.ProgressSink,
    ) -> api.TrainResult:
        """Adds the gradient of the batch, one sequence after the other: a micro-batch is one
        sequence."""
        records: list[toolkit.TokenRecord] = []
        for at, sequence in enumerate(batch.sequences):
            self.stop_if_asked(progress)
            prompt, completion = batch.prompts[sequence.prompt_ref], sequence.completion_ids
            current, entropy = self.logprobs(
                self.optimizer.parameters, prompt, completion, sequence.temperature
            )
            total, record = kit.sequence_loss(loss, sequence, current, entropy, normalizer)
            total.backward()
            records.append(record)
            progress.progress("train", at + 1, len(batch.sequences))
        stats = toolkit.by_role(records)
        finite = bool(np.isfinite(stats[""].loss))
        if not finite:
            self.optimizer.discard()
        return api.TrainResult(
            loss=stats[""].loss,
            non_finite=not finite,
            stats=stats,
            # This trainer computes a prompt again for each of its completions.
            tokens=sum(
                len(batch.prompts[one.prompt_ref]) + len(one.completion_ids)
                for one in batch.sequences
            ),
            padded_tokens=0,
            microbatches=len(records),
            seconds_forward=0.0,
            seconds_backward=0.0,
            peak_memory_bytes=0,
            current_logprobs=tuple(one.current.astype(np.float32) for one in records)
            if want_logprobs
            else None,
        )

    def stop_if_asked(self, progress: api.ProgressSink) -> None:
        """Raises CANCELLED when the caller stopped the work."""
        if progress.cancelled():
            message = "the caller left between two sequences"
            raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", message)

    def discard_gradients(self) -> None:
        """Empties the accumulator."""
        self.optimizer.discard()

    def optim_step(self, spec: api.OptimSpec) -> api.OptimResult:
        """Takes one AdamW step, and empties the accumulator."""
        return self.optimizer.update(spec)

    @property
    def step(self) -> int:
        """Updates since the base model."""
        return self.optimizer.step

    # -------------------------------------------------------------------- versions and checkpoints

    def publish(self) -> api.PolicyVersion:
        """Makes a copy of the present weights the newest version, and forgets the oldest one."""
        weights = self.optimizer.weights()
        version = api.PolicyVersion(self.next_version, self.step, kit.digest(weights), kind="full")
        self.published[version.version] = (version, weights)
        self.next_version += 1
        for old in list(self.published)[:-KEEP_VERSIONS]:
            del self.published[old]
        return version

    def versions(self) -> list[api.PolicyVersion]:
        """The versions that can be sampled."""
        return [version for version, _ in self.published.values()]

    def release(self, version: int) -> None:
        """Forgets a version. A request that samples from it keeps its weights to its end."""
        self.weights_of(version)
        del self.published[version]

    def save(self, directory: Path, metadata: Mapping[str, str]) -> api.CheckpointInfo:
        """Writes weights, moments and counters: all of the files, or none."""

        def fill(folder: Path) -> None:
            kit.save_tensors(self.optimizer.state(), folder / "state.safetensors")

        return checkpoint_files.write(directory, self.step, metadata, fill)

    def load(self, directory: Path) -> api.CheckpointInfo:
        """Restores what `save` wrote. It publishes nothing."""
        manifest = checkpoint_files.verify(directory)
        self.optimizer.restore(kit.load_tensors(directory / "state.safetensors"))
        return api.CheckpointInfo(str(directory), manifest.step, manifest.digest, manifest.bytes)
