from typing import Generic, TypeVar

ObsT = TypeVar("ObsT")

class StepResult(Generic[ObsT]):
    def __init__(self, *, observation: ObsT, reward: float | None, done: bool) -> None: ...
