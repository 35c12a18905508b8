"""Limits of one trainer, for all its clients together. GetCapabilities declares every number.

Above a limit a request is refused with RESOURCE_EXHAUSTED and changes nothing. When a later attempt
may succeed, RetryInfo has the waiting time, and the facts of the error have the state of the queue.
"""

from __future__ import annotations

import grpc

from spice_trainer.server.wire.errors import ServiceError

MAX_MESSAGE_BYTES = 16 << 20
MAX_BATCH_BYTES = 256 << 20
"""Bytes of the columns of one request."""
MAX_RECEIVING_BYTES = 1 << 30
"""Bytes of the columns of all requests that are being received or wait for their turn."""
MAX_QUEUED_SAMPLES = 65_536
MAX_REQUEST_TOKENS = 64 << 20
"""Largest value of samples x max_tokens in one Sample request."""
MAX_QUEUED_OPERATIONS = 64
MAX_UNSENT_BYTES = 64 << 20
"""Bytes of finished samples of one request that its client has not read."""
MAX_METADATA_BYTES = 16 << 10
MAX_CONCURRENT_STREAMS = 256
"""Unfinished calls on one connection. More calls wait in the client (HTTP/2)."""
MAX_CHECKPOINT_PATH = 512
"""Characters."""


def queue_full(what: str, waiting: int, asked: int, limit: int, retry_after: float) -> ServiceError:
    """Returns the refusal of work that would fit later: `waiting` of `limit` units are in use, and
    the request needs `asked` more."""
    fits = asked <= limit
    return ServiceError(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "QUEUE_FULL",
        f"{waiting} {what} wait already and {asked} more were asked for; at most {limit} are taken",
        "wait for some to finish" if fits else f"ask for at most {limit} at a time",
        category="server" if fits else "user",
        retryable=fits,
        resubmit=fits,
        retry_after=retry_after if fits else None,
        facts={"queued": str(waiting), "asked": str(asked), "limit": str(limit)},
    )
