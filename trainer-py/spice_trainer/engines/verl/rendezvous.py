"""The meeting point of the workers."""

from __future__ import annotations

import os
import socket
from collections.abc import Generator
from datetime import timedelta
from typing import Any

from torch.distributed import TCPStore, register_rendezvous_handler

METHOD = "spice://"
"""For `init_method` of torch, and for `DIST_INIT_METHOD`, its name in verl."""
_TIMEOUT = timedelta(minutes=10)
_BACKLOG = 4096
"""Number of workers that may connect at the same time."""


def _meet(url: str, timeout: timedelta = _TIMEOUT, **_: Any) -> Generator[tuple[TCPStore, int, int]]:
    """As `env://` of torch, with one difference: worker 0 listens on `MASTER_ADDR` only. The store
    of torch needs no password, and listens on all interfaces whatever address it gets."""
    address, port = os.environ["MASTER_ADDR"].strip("[]"), int(os.environ["MASTER_PORT"])
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    descriptor = None
    if rank == 0:
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        descriptor = socket.create_server((address, port), family=kind, backlog=_BACKLOG).detach()
    yield (
        TCPStore(address, port, size, rank == 0, timeout, multi_tenant=True, master_listen_fd=descriptor),
        rank,
        size,
    )
    raise RuntimeError(f"{url} cannot be used again")


register_rendezvous_handler("spice", _meet)
