from typing import Any

class Action:
    def __init__(self, **fields: Any) -> None: ...

class Observation:
    def __init__(self, **fields: Any) -> None: ...

class State:
    step_count: int
    def __init__(self, *, episode_id: str | None, step_count: int) -> None: ...
