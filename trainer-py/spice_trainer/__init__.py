"""SPICE trainer sidecar: the model side of `spice.trainer.v1`."""

import os

__version__ = "0.1.0"

# Before anything imports gRPC, which reads it once. A process that a trainer starts is executed at
# once, so gRPC needs no handlers around a fork. Where they run, now and then (one start of Ray in
# 21, on 28 November 2026) the child is lost before it is executed, and the server is deaf to every
# later call (grpc issue 31885).
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
