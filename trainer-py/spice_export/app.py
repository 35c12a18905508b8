"""The server of the environment: `python -m <package>.app --port 8000`."""

from __future__ import annotations

import argparse

import uvicorn
from openenv.core.env_server.http_server import create_app

from .environment import SpiceEnvironment
from .models import AnswerAction, TaskObservation

SESSIONS = 64
"""Clients that may be connected at once."""

app = create_app(
    SpiceEnvironment,
    AnswerAction,
    TaskObservation,
    env_name="spice-tasks",
    max_concurrent_envs=SESSIONS,
)


def main() -> None:
    """Serves on this machine alone, until a signal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    uvicorn.run(app, host=options.host, port=options.port)


if __name__ == "__main__":
    main()
