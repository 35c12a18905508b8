from typing import Any

def create_app(
    env: type[Any],
    action_cls: type[Any],
    observation_cls: type[Any],
    *,
    env_name: str,
    max_concurrent_envs: int,
) -> Any: ...
