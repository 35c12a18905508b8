"""The states of an engine process."""

from __future__ import annotations

from typing import Any, cast

import pytest

from spice_trainer.engines.shared.vllm_engine.engine_run import NEXT_STATES, EngineRun, State


def in_state(state: State) -> EngineRun:
    nothing = cast(Any, None)
    return EngineRun(nothing, nothing, state)


def test_every_state_has_a_row_in_the_table() -> None:
    assert NEXT_STATES.keys() == set(State)


@pytest.mark.parametrize("state", State)
def test_a_process_takes_the_changes_of_the_table_and_no_others(state: State) -> None:
    for other in set(State) - {state}:
        run = in_state(state)
        if other in NEXT_STATES[state]:
            run.enter(other)
            assert run.state is other
        else:
            with pytest.raises(RuntimeError, match=f"from {state.name} to {other.name}"):
                run.enter(other)
            assert run.state is state


def test_a_condemned_process_can_only_end() -> None:
    assert NEXT_STATES[State.CONDEMNED] == {State.ENDED}
    assert not in_state(State.CONDEMNED).listens


def test_a_process_remembers_that_it_served() -> None:
    run = in_state(State.STARTING)
    assert not run.has_served
    run.enter(State.SERVING)
    run.enter(State.CONDEMNED)
    assert run.has_served
