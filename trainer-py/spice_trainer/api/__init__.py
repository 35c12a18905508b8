"""The `Backend` protocol: the class that an engine implements to be a SPICE trainer.

The generic sidecar (`server/`) does everything about the wire: framing, sessions, order,
idempotency, deadlines, mapping of errors, and events. A backend does everything about the model:
tokens, sampling, log-probabilities, gradients, optimizer, weights and checkpoints. This package
imports neither torch nor grpc, so a backend for any engine can be written against this package
alone.

Arrays: token ids are int32; log-probabilities, token weights and advantages are float32. An array
has one dimension, the token axis, unless the name says otherwise. All logarithms are natural.

Threads: the sidecar calls `submit`, `Generation.cancel`, `tokenize` and `encode_completions` from
any thread. It calls every other method from one thread, one call at a time. `submit` returns
immediately. Events are sent from a thread of the engine, and the sink must not block.
"""

from spice_trainer.api.arrays import F32, I32
from spice_trainer.api.errors import BackendError, BackendErrorCode
from spice_trainer.api.model import Capabilities, LoraSpec, ModelInfo, OpenSpec
from spice_trainer.api.protocol import Backend, ProgressSink
from spice_trainer.api.sampling import (
    ChatMessage,
    FinishReason,
    Generation,
    Prompt,
    PromptSpec,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SampleStarted,
    SamplingParams,
)
from spice_trainer.api.training import (
    CrossEntropyLoss,
    LossSpec,
    OptimResult,
    OptimSpec,
    PolicyGradientLoss,
    RoleStats,
    TrainBatch,
    TrainResult,
    TrainSequence,
)
from spice_trainer.api.weights import CheckpointInfo, PolicyVersion

__all__ = [
    "F32",
    "I32",
    "Backend",
    "BackendError",
    "BackendErrorCode",
    "Capabilities",
    "ChatMessage",
    "CheckpointInfo",
    "CrossEntropyLoss",
    "FinishReason",
    "Generation",
    "LoraSpec",
    "LossSpec",
    "ModelInfo",
    "OpenSpec",
    "OptimResult",
    "OptimSpec",
    "PolicyGradientLoss",
    "PolicyVersion",
    "ProgressSink",
    "Prompt",
    "PromptSpec",
    "RoleStats",
    "SampleDone",
    "SampleEvent",
    "SampleFinished",
    "SampleRequest",
    "SampleStarted",
    "SamplingParams",
    "TrainBatch",
    "TrainResult",
    "TrainSequence",
]
