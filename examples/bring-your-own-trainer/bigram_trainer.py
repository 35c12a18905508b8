"""A complete trainer in 100 lines: its model is a table of logits, the next byte given the last one. Swap in your own."""

import hashlib

import numpy as np

from spice_trainer.toolkit import checkpoint_files
from spice_trainer.api import BackendError, BackendErrorCode, Capabilities, CheckpointInfo, CrossEntropyLoss, ModelInfo
from spice_trainer.api import PolicyVersion, TrainResult
from spice_trainer.toolkit import AdamW, SampleLoop, TokenRecord, by_role, log_softmax

END, SIZE = 256, 257  # 256 bytes, and the token that ends a text


def rows(prompt, ids):
    """The token before each completion token: the row of the table that predicts it."""
    return np.concatenate([prompt[-1:], ids[:-1]]).astype(int)


class BigramTrainer:
    @classmethod
    def create(cls):
        return cls()

    def capabilities(self):
        """Exactly what works: the sidecar refuses everything else, and the conformance kit tries both."""
        return Capabilities(
            backend="bigram", trainable=("full",), max_lora_rank=0, compute_dtypes=("float32",),
            losses=("policy_gradient", "cross_entropy"), surrogates=("plain",), ratios=("none",),
            ratio_baselines=("current",), corrections=("none",), kl_estimators=("none",), kl_references=(), scoring_references=("base", "version"),
            sampling_parameters=("temperature", "stop_token_ids", "ignore_eos", "seed"), logprob_modes=("temperature_scaled",),
            logprob_source="emitted", seed_support="bitwise", determinism="E0", checkpoint_scopes=("weights", "optimizer"),
            publish_modes=("keep",), concurrent_train_and_sample=True, max_samples_per_prompt=1024,
            max_in_flight_samples=4096, max_tokens_per_microbatch=1 << 20)

    def open(self, spec, progress):
        self.learner, self.published, self.context = AdamW(np.random.default_rng(spec.seed).normal(size=(SIZE, SIZE))), {}, spec.max_context_tokens
        self.base, self.next = self.learner.weights, 0
        return ModelInfo(name=spec.model, parameters=SIZE * SIZE, trainable_parameters=SIZE * SIZE, vocabulary=SIZE,
                         max_context_tokens=self.context, weights_dtype="float64", compute_dtype="float32", device="cpu",
                         model_fingerprint=self.publish().digest, tokenizer_fingerprint="bytes", tokenizer_path="", eos_token_ids=(END,))

    def tokenize(self, prompts):
        texts = [one.text or "".join(turn.content for turn in one.chat or ()) for one in prompts]
        return [one.token_ids if one.token_ids is not None else self.encode_completions([text], False)[0] for one, text in zip(prompts, texts)]

    def encode_completions(self, texts, append_eos):
        return [np.array([*text.encode(), *([END] if append_eos else [])], dtype=np.int32) for text in texts]

    def submit(self, request, sink):
        version = max(self.published) if request.policy_version is None else request.policy_version
        weights, prompts = self.find(version)[1], tuple(self.tokenize([one.prompt for one in request.prompts]))
        return SampleLoop(request, prompts, version, lambda prompt, ids: weights[ids[-1] if ids else prompt[-1]],
                          lambda ids: bytes(i for i in ids if i < END).decode(errors="replace"), (END,), self.context, sink)

    def score(self, prompts, sequences, target, temperature, progress):
        weights = self.learner.weights if target == "current" else self.base if target == "reference" else self.find(target)[1]
        return [log_softmax(weights[rows(prompts[ref], ids)] / temperature)[np.arange(len(ids)), ids].astype(np.float32) for ref, ids in sequences]

    def forward_backward(self, batch, loss, normalizer, want_logprobs, progress):
        gradient, told, bonus = np.zeros((SIZE, SIZE)), [], getattr(loss, "entropy_coefficient", 0.0)
        for one in batch.sequences:
            if progress.cancelled():
                raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", "stopped between sequences")
            at, picks = rows(batch.prompts[one.prompt_ref], one.completion_ids), (np.arange(len(one.completion_ids)), one.completion_ids)
            logs = log_softmax(self.learner.weights[at] / one.temperature)
            entropy, pull = -(np.exp(logs) * logs).sum(1), np.ones(len(at)) if isinstance(loss, CrossEntropyLoss) else one.advantages
            slope = np.exp(logs) * (pull[:, None] + bonus * (logs + entropy[:, None]))  # of the token loss, by the logits
            slope[picks] -= pull
            np.add.at(gradient, at, slope * (one.weights / normalizer / one.temperature)[:, None])
            told.append(TokenRecord(one, normalizer, logs[picks], entropy, -pull * logs[picks] - bonus * entropy))
        stats = by_role(told)
        finite = np.isfinite(stats[""].loss) and self.learner.accumulate(gradient)
        return TrainResult(loss=stats[""].loss, non_finite=not finite, stats=stats, tokens=sum(len(one.current) for one in told),
                           padded_tokens=0, microbatches=1, seconds_forward=0.0, seconds_backward=0.0, peak_memory_bytes=0,
                           current_logprobs=tuple(one.current.astype(np.float32) for one in told) if want_logprobs else None)

    def optim_step(self, spec):
        return self.learner.update(spec)

    def discard_gradients(self):
        self.learner.gradient = None

    @property
    def step(self):
        return self.learner.step

    def publish(self):
        info = PolicyVersion(self.next, self.learner.step, hashlib.sha256(self.learner.weights.tobytes()).hexdigest(), "full")
        self.published[self.next], self.next = (info, self.learner.weights), self.next + 1
        return info

    def find(self, version):
        if version not in self.published:
            raise BackendError(BackendErrorCode.NOT_FOUND, "VERSION_UNKNOWN", f"policy version {version} is not there")
        return self.published[version]

    def versions(self):
        return [info for info, _ in self.published.values()]

    def release(self, version):
        self.find(version)
        del self.published[version]

    def save(self, directory, metadata):
        return checkpoint_files.write(directory, self.step, metadata, lambda folder: np.savez(folder / "state.npz", **self.learner.state()))

    def load(self, directory):
        manifest = checkpoint_files.verify(directory)
        self.learner.restore(dict(np.load(directory / "state.npz", allow_pickle=False)))
        return CheckpointInfo(str(directory), manifest.step, manifest.digest, manifest.bytes)

    def close(self):
        pass
