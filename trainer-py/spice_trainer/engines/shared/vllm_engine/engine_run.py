"""One engine process from start to end, and its states."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from spice_trainer.engines.shared.vllm_engine.link import EngineLink
from spice_trainer.engines.shared.vllm_engine.process import EngineProcess


class State(Enum):
    """State of an engine process."""

    STARTING = auto()
    """The process loads the model of its folder."""
    LOADING = auto()
    """The process is ready. It must load a published version before it may serve samples."""
    SERVING = auto()
    """The process has the expected weights and gets samples. It stays in this state while it
    receives an update."""
    CONDEMNED = auto()
    """The process was killed. Its messages are ignored until it ends."""
    ENDED = auto()


NEXT_STATES = {
    State.STARTING: {State.LOADING, State.SERVING, State.CONDEMNED, State.ENDED},
    State.LOADING: {State.SERVING, State.CONDEMNED, State.ENDED},
    State.SERVING: {State.CONDEMNED, State.ENDED},
    State.CONDEMNED: {State.ENDED},
    State.ENDED: set[State](),
}
"""The states that may follow each state."""


@dataclass(eq=False)
class EngineRun:
    """One engine process. A restarted engine has another `EngineRun`."""

    process: EngineProcess
    link: EngineLink
    state: State = State.STARTING
    has_served: bool = False
    """Whether it was ever in `State.SERVING`."""

    def enter(self, state: State) -> None:
        """Changes the state. Does nothing when the state is `state` already. Raises RuntimeError
        for a change that `NEXT_STATES` does not have."""
        if state is self.state:
            return
        if state not in NEXT_STATES[self.state]:
            raise RuntimeError(f"an engine process cannot go from {self.state.name} to {state.name}")
        self.state = state
        self.has_served = self.has_served or state is State.SERVING

    @property
    def listens(self) -> bool:
        """Whether its messages are read."""
        return self.state not in (State.CONDEMNED, State.ENDED)
