from typing import Any, Generic, TypeVar

from openenv.core.client_types import StepResult

ActT = TypeVar("ActT")
ObsT = TypeVar("ObsT")
StateT = TypeVar("StateT")

class EnvClient(Generic[ActT, ObsT, StateT]):
    def _step_payload(self, action: ActT) -> dict[str, Any]: ...
    def _parse_result(self, payload: dict[str, Any]) -> StepResult[ObsT]: ...
    def _parse_state(self, payload: dict[str, Any]) -> StateT: ...
