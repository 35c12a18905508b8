from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Generic, TypeVar

class TaskData:
    def __init__(self, **fields: Any) -> None: ...

class TaskConfig: ...
class Runtime: ...

class Trace:
    last_reply: str
    is_truncated: bool
    def record_metric(self, name: str, value: float) -> None: ...

DataT = TypeVar("DataT", bound=TaskData)

class Task(Generic[DataT]):
    data: DataT
    def __init__(self, data: DataT, config: TaskConfig | None = None) -> None: ...
    async def validate(self, runtime: Runtime) -> bool | None: ...

class TasksetConfig:
    task: TaskConfig

TaskT = TypeVar("TaskT", bound=Task[Any])
ConfigT = TypeVar("ConfigT", bound=TasksetConfig)

class Taskset(Generic[TaskT, ConfigT]):
    config: ConfigT
    def load(self) -> Iterable[TaskT]: ...

FunctionT = TypeVar("FunctionT", bound=Callable[..., Awaitable[Any]])

def reward(weight: float = 1.0) -> Callable[[FunctionT], FunctionT]: ...
