"""SPICE trainer sidecar: the model side of `spice.trainer.v1`."""

import os

__version__ = "0.1.0"

# This line must run before gRPC is imported, because gRPC reads the variable once. A process that a
# trainer starts is executed immediately, so gRPC needs no handlers around a fork. With the
# handlers, the child is sometimes lost before it is executed (one start of Ray in 21, on 28
# November 2026), and then the server answers no later call (grpc issue 31885).
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
