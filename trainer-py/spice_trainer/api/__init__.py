"""The `Backend` protocol: what an engine implements to become a SPICE trainer.

The generic sidecar (`server/`) owns the wire: framing, sessions, ordering, idempotency, deadlines,
error mapping and events. A backend owns the model: tokens, sampling, log-probabilities, gradients,
optimiser, weights, checkpoints. Nothing here imports torch or grpc, so a backend for any engine can
be written against this file alone.

Array conventions: token ids are int32, log-probabilities float32, per-token weights and advantages
float32; one dimension, the token axis, unless the name says otherwise. All logs are natural logs.

Threading: the sidecar calls `submit`, `Generation.cancel`, `tokenize` and `encode_completions` from
any thread; every other method is called from one thread, one call at a time. `submit` returns at
once; events are delivered from the engine's own thread and the sink must not block.
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
