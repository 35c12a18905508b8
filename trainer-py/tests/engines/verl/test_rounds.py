"""Dealing sequences out to workers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spice_trainer.engines.verl.rounds import FILLER, computed_tokens, plan_rounds

LENGTHS = st.dictionaries(st.integers(0, 500), st.integers(2, 300), max_size=60)


@given(LENGTHS, st.integers(1, 8), st.integers(16, 2048))
def test_every_sequence_is_computed_once(lengths: dict[int, int], workers: int, budget: int) -> None:
    rounds = plan_rounds(lengths, workers, budget)
    dealt = [index for one in rounds for index in one.flat if index != FILLER]
    assert sorted(dealt) == sorted(lengths)


@given(LENGTHS, st.integers(1, 8), st.integers(16, 2048))
def test_all_workers_take_part_in_every_round_with_equally_many_rows(
    lengths: dict[int, int], workers: int, budget: int
) -> None:
    for one in plan_rounds(lengths, workers, budget):
        assert len(one.rows) == workers
        assert len({len(rows) for rows in one.rows}) == 1
        assert len(one.rows[0]) >= 1
        assert any(index != FILLER for index in one.flat)


@given(LENGTHS, st.integers(1, 8), st.integers(16, 2048))
def test_a_padded_micro_batch_stays_within_the_budget_unless_one_row_is_longer(
    lengths: dict[int, int], workers: int, budget: int
) -> None:
    for one in plan_rounds(lengths, workers, budget):
        for rows in one.rows:
            longest = max(lengths.get(index, 2) for index in rows)
            assert len(rows) == 1 or len(rows) * longest <= budget


def test_work_is_spread_before_rows_are_stacked() -> None:
    (only,) = plan_rounds({0: 10, 1: 10}, workers=2, budget=1000)
    assert only.rows == ((0,), (1,))


def test_padding_counts_as_computed() -> None:
    lengths = {0: 10, 1: 4, 2: 4}
    (only,) = plan_rounds(lengths, workers=2, budget=20)
    assert only.rows == ((0, 2), (1, FILLER))
    # Worker 0 pads 4 tokens to 10, worker 1 pads the filler's 2 tokens to 4: 2 x 10 + 2 x 4.
    assert computed_tokens([only], lengths) == 28


def test_nothing_to_do_is_no_round() -> None:
    assert plan_rounds({}, workers=2, budget=64) == []
