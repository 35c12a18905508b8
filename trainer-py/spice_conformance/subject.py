"""The subject of a check: its own session with the trainer under test, and short forms of the
verbs."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack, cast

import numpy as np

from spice_conformance import samples
from spice_conformance.batch import Batch, Ids, Row
from spice_conformance.client import CallError, Client
from spice_conformance.messages import cross_entropy, declare, policy_gradient, stream
from spice_conformance.samples import Samples
from spice_conformance.silence import SampleStream, Silence
from spice_conformance.target import Target
from spice_conformance.verdict import Decision, Verdict, expect, skip
from spice_trainer.server.wire import descriptors, pb

CALL_SECONDS = 120.0
"""Deadline of a call, seconds: enough for a small model on a slow machine, and short enough to
report a hang."""
CURRENT = pb.ScoringTarget(current=True)
Returned = Literal["text", "logprobs", "prompt_ids"]

if TYPE_CHECKING:
    # Their base classes exist in pb.pyi only.
    class TrainFields(pb.OptimSpecFields, total=False):  # pyright: ignore[reportGeneralTypeIssues]
        """Arguments of `Subject.train` beside the batch: settings of the step, and settings of
        OptimSpec except the rate."""

        loss: pb.LossSpec | None
        normalizer: float
        rate: float | None
        want_logprobs: bool
        header: pb.Header

    class SampleFields(pb.SamplingParamsFields, total=False):  # pyright: ignore[reportGeneralTypeIssues]
        """SamplingParams, and other fields of a SampleRequest that a check may set."""

        mode: pb.LogprobModeName
        version: int | None
        request_id: str


class Likeliest(TypedDict, total=False):
    """The fields of SamplingParams that can make sampling greedy."""

    temperature: float
    top_k: int


@dataclass
class Subject:
    """One session. `step` has the value of the step counter of the optimizer."""

    target: Target
    client: Client
    capabilities: pb.GetCapabilitiesResponse
    model: pb.ModelInfo
    step: int
    prompts: tuple[Ids, ...]
    """A few short texts, tokenized."""
    words: tuple[Ids, ...]
    """Four-token completions."""
    rate: float
    """A learning rate with which one step of AdamW changes the scores of this model measurably."""
    silence: Silence = field(default_factory=Silence)
    """What the kit knows about sampling calls without events."""
    others: list[Client] = field(default_factory=list[Client])

    # --------------------------------------------------------------- capabilities of the trainer

    def can(self, *methods: str) -> bool:
        """Whether rpcs such as "WeightsService/Publish" are declared."""
        return all(f"{pb.PACKAGE}.{one}" in self.capabilities.methods for one in methods)

    def need(self, *methods: str) -> None:
        """Skips the check unless all these rpcs are declared."""
        for one in methods:
            if not self.can(one):
                raise skip(f"{one} is not declared")

    def declares(self, enum: str, name: str, declared: Sequence[int]) -> bool:
        """Whether value `name` of an enum is in a capability list."""
        return descriptors.enum_number(enum, name) in declared

    def parameter(self, *names: str) -> None:
        """Skips the check unless these sampling parameters are declared."""
        for name in names:
            if name not in self.capabilities.sampling.parameters:
                raise skip(f"sampling parameter {name} is not declared")

    @property
    def temperatures(self) -> tuple[float, ...]:
        """Returns temperatures for scoring and training. A trainer that does not declare the
        parameter has temperature 1 only."""
        return (1.0, 0.7) if "temperature" in self.capabilities.sampling.parameters else (1.0,)

    @property
    def likeliest(self) -> Likeliest:
        """Returns SamplingParams that always sample the most likely token. Skips the check when
        there are none."""
        if "temperature" in self.capabilities.sampling.parameters:
            return {"temperature": 0.0}
        self.parameter("top_k")
        return {"top_k": 1}

    @property
    def tolerance(self) -> float:
        """Returns the largest allowed difference between two ways to compute a log-probability."""
        return 3e-2 if self.model.compute_dtype == "bfloat16" else 2e-4

    @property
    def gradient_tolerance(self) -> float:
        """Returns the largest allowed relative difference between two equal gradients."""
        return 5e-2 if self.model.compute_dtype == "bfloat16" else 2e-3

    @property
    def small_vocabulary(self) -> int:
        """Returns the size of the vocabulary if all its tokens can be scored. Skips the check when
        it is too large."""
        if self.model.vocabulary > 1024:
            raise skip(f"a vocabulary of {self.model.vocabulary} tokens is too large to score one by one")
        return self.model.vocabulary

    # -------------------------------------------------------------------------------------- clients

    def connect(self) -> Client:
        """Returns another channel, which is closed with the session."""
        self.others.append(self.target.connect())
        return self.others[-1]

    def rival(self, **fields: Unpack[pb.OpenRequestFields]) -> Client:
        """Returns another controller: a session with some changed `fields`."""
        client = self.connect()
        open_with(client, self.target, self.capabilities, **fields)
        return client

    def describe(self, client: Client | None = None) -> pb.SessionServiceDescribeResponse:
        """Calls Session.Describe."""
        who = client or self.client
        return who.call("SessionService/Describe", pb.SessionServiceDescribeRequest(session_id=who.session_id))

    # ------------------------------------------------------------------------------------- training

    def batch(self, rows: int = 4) -> Batch:
        """Returns sequences for two prompts, with advantages of both signs and of different
        size."""
        made = tuple(
            Row(
                prompt=index % 2,
                ids=self.words[index % len(self.words)],
                advantages=tuple((1.0 + 0.3 * index + 0.1 * at) * (-1) ** index for at in range(4)),
            )
            for index in range(rows)
        )
        return Batch(self.prompts[:2], made)

    def supervised(self) -> Batch:
        """Returns the same batch with advantages of 1, for cross entropy."""
        return self.batch().changed(lambda row: replace(row, advantages=None))

    def reinforce(self, **fields: Unpack[pb.PolicyGradientLossFields]) -> pb.LossSpec:
        """Returns a declared loss whose gradient is the gradient of -A * c."""
        training = self.capabilities.training
        if not self.declares("LossKind", "policy_gradient", training.losses):
            raise skip("no policy gradient is declared")
        if self.declares("SurrogateKind", "plain", training.surrogates) and self.declares(
            "RatioLevel", "none", training.ratios
        ):
            values: pb.PolicyGradientLossFields = {
                "ppo_clip": None,
                "plain": pb.PlainSurrogate(),
                "ratio": pb.enum_number("RatioLevel", "none"),
                **fields,
            }
            return policy_gradient(**values)
        return policy_gradient(**fields)

    def train(self, batch: Batch, **fields: Unpack[TrainFields]) -> pb.TrainStepResult:
        """Makes a TrainStep. Defaults: cross entropy, normalizer 1, the rate of the subject, the
        next header."""
        self.need("TrainingService/TrainStep")
        loss, normalizer = fields.pop("loss", None), fields.pop("normalizer", 1.0)
        rate, want_logprobs = fields.pop("rate", None), fields.pop("want_logprobs", False)
        header = fields.pop("header", None)
        settings = cast("pb.OptimSpecFields", fields)
        result = self.client.train_step(
            batch.columns(),
            self.step,
            header=header,
            loss=loss or cross_entropy(),
            normalizer=normalizer,
            optim=optim(self.rate if rate is None else rate, **settings),
            want_logprobs=want_logprobs,
        )
        self.step = result.optim_step.step
        return result

    def accumulate(
        self, batch: Batch, *, loss: pb.LossSpec | None = None, normalizer: float = 1.0, want_logprobs: bool = False
    ) -> pb.ForwardBackwardResult:
        """Makes a ForwardBackward."""
        self.need("TrainingService/ForwardBackward")
        columns = batch.columns()
        start = pb.ForwardBackwardStart(
            header=self.client.header(),
            columns=[declare(name, column) for name, column in columns.items()],
            loss=loss or cross_entropy(),
            normalizer=normalizer,
            want_logprobs=want_logprobs,
        )
        messages = stream(pb.ForwardBackwardRequest, start, columns)
        response = self.client.call("TrainingService/ForwardBackward", messages, CALL_SECONDS)
        return self.client.settle(response.operation).forward_backward

    def update(self, rate: float, **fields: Unpack[pb.OptimSpecFields]) -> pb.OptimStepResult:
        """An OptimStep."""
        self.need("TrainingService/OptimStep")
        header = self.client.header(expected_step=self.step)
        request = pb.OptimStepRequest(header=header, optim=optim(rate, **fields))
        result = self.client.simple("TrainingService/OptimStep", request).optim_step
        self.step = result.step
        return result

    def discard(self) -> None:
        """DiscardGradients."""
        request = pb.DiscardGradientsRequest(header=self.client.header())
        self.client.simple("TrainingService/DiscardGradients", request)

    def logprobs(self, batch: Batch, target: pb.ScoringTarget = CURRENT, temperature: float = 1.0) -> list[np.ndarray]:
        """ComputeLogprobs: one float64 array a sequence."""
        self.need("ScoringService/ComputeLogprobs")
        rows = self.client.score(batch.scoring_columns(), target, temperature)
        return [np.asarray(row, dtype=np.float64) for row in rows]

    # ------------------------------------------------------------------------- versions and samples

    def publish(self) -> pb.PolicyVersion:
        """Publish."""
        self.need("WeightsService/Publish")
        if list(self.capabilities.publish_modes[:1]) != [pb.enum_number("PublishMode", "keep")]:
            # The publish would wait for the silent request without end.
            self.silence.require(1)
        request = pb.PublishRequest(header=self.client.header(expected_step=self.step))
        return self.client.simple("WeightsService/Publish", request).publish.version

    def sample(
        self,
        prompts: Sequence[Ids] | None = None,
        n: int = 1,
        seed: int | None = 1,
        returns: Sequence[Returned] = ("logprobs", "prompt_ids"),
        **fields: Unpack[SampleFields],
    ) -> Samples:
        """A Sample call to its end. `seed` None: the trainer draws."""
        return samples.collect(self.stream(self.sample_request(prompts, n, seed, returns, **fields)))

    def stream(self, request: pb.SampleRequest) -> SampleStream:
        """A Sample call. Fails the check when no event comes for too long (`silence.py`), and at
        once when earlier calls were silent."""
        self.silence.require()
        call = self.client.call("SamplingService/Sample", request, CALL_SECONDS)
        return SampleStream(call, request, self.silence)

    def sample_request(
        self,
        prompts: Sequence[Ids] | None = None,
        n: int = 1,
        seed: int | None = 1,
        returns: Sequence[Returned] = (),
        **fields: Unpack[SampleFields],
    ) -> pb.SampleRequest:
        """A SampleRequest; sample j of prompt i has seed 1000 * seed + 100 * i + j."""
        self.need("SamplingService/Sample")
        mode, version = fields.pop("mode", "unspecified"), fields.pop("version", None)
        request_id = fields.pop("request_id", secrets.token_hex(6))
        params: pb.SamplingParamsFields = fields
        params.setdefault("max_tokens", 8)
        wanted = set(returns).intersection(self.capabilities.sampling.returns)
        asked = [
            pb.PromptSpec(
                prompt=pb.Prompt(token_ids=np.array(ids, dtype="<i4").tobytes()),
                n=n,
                seeds=[] if not self._seeds(seed) else [1000 * (seed or 0) + 100 * i + j for j in range(n)],
            )
            for i, ids in enumerate(prompts if prompts is not None else self.prompts[:1])
        ]
        return pb.SampleRequest(
            session_id=self.client.session_id,
            epoch=self.client.epoch,
            request_id=request_id,
            prompts=asked,
            params=pb.SamplingParams(**params),
            version=None if version is None else pb.VersionSelector(exact=version),
            returns=pb.ReturnMask(
                text="text" in wanted, logprobs="logprobs" in wanted, prompt_ids="prompt_ids" in wanted
            ),
            logprob_mode=pb.enum_number("LogprobMode", mode),
        )

    def greedy(self, prompt: Ids, tokens: int) -> Ids:
        """The likeliest continuation."""
        self.parameter("temperature")
        return self.sample([prompt], temperature=0.0, max_tokens=tokens).of()[0].ids

    def _seeds(self, seed: int | None) -> bool:
        return seed is not None and self.capabilities.sampling.seed_support != pb.enum_number("SeedSupport", "none")

    # -------------------------------------------------------------------------------------- outcome

    def refused(
        self, what: str, action: Callable[[], object], code: str | tuple[str, ...], reason: str = ""
    ) -> CallError:
        """Fails the check unless `action` is refused with this code, or one of these (and
        reason)."""
        codes = (code,) if isinstance(code, str) else code
        wanted = " or ".join(codes)
        try:
            action()
        except CallError as error:
            self._resume_numbers()
            if error.exception and "INTERNAL" not in codes:
                told = f"{what}: {error.exception} instead of {wanted}"
                raise Decision(Verdict.FAIL, told, error.cause) from error
            expect(error.code in codes, f"{what}: {error.code} ({error.reason}) instead of {wanted}")
            expect(not reason or error.reason == reason, f"{what}: reason {error.reason} instead of {reason}")
            return error
        raise Decision(Verdict.FAIL, f"{what} was accepted; {wanted} was due")

    def _resume_numbers(self) -> None:
        """A refused request consumed no client_seq, an accepted one that failed did: ask which it
        was."""
        try:
            self.client.sequence = itertools.count(self.describe().last_client_seq + 1)
        except CallError:
            return  # a check that ended its own session sends nothing more


def optim(rate: float, **fields: Unpack[pb.OptimSpecFields]) -> pb.OptimSpec:
    """OptimSpec, moments reset unless said otherwise, so that a check does not depend on those
    before it."""
    settings: pb.OptimSpecFields = {
        "learning_rate": rate,
        "beta1": 0.9,
        "beta2": 0.95,
        "epsilon": 1e-8,
        "reset_moments": True,
        **fields,
    }
    return pb.OptimSpec(**settings)


def open_with(
    client: Client,
    target: Target,
    capabilities: pb.GetCapabilitiesResponse,
    **fields: Unpack[pb.OpenRequestFields],
) -> pb.OpenResult:
    """Opens a session as the kit does, with `fields` of OpenRequest changed."""
    values: pb.OpenRequestFields = {**target.open_fields(capabilities), **fields}
    return client.open(target.engine_json, **values)
