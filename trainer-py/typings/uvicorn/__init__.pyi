# The part of uvicorn that this project uses: two environments have the library, the tests' has not.
from typing import Any

def run(app: Any, **options: Any) -> None: ...
