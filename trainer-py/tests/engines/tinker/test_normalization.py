"""Which server it is, found out from three gradient norms."""

from __future__ import annotations

import numpy as np
import pytest

from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.engines.tinker.normalization import Detected, Normalization, detect, detect_clip
from spice_trainer.engines.tinker.profiles import SKYRL
from spice_trainer.engines.tinker.service import GradientRow, Row
from tests.engines.tinker.fake_service import FakeModel, FakeService

SLACK = SKYRL.slack
ROW = Row(np.array([1], dtype=np.int32), np.array([2, 3, 4, 5, 6, 7], dtype=np.int32))


@pytest.mark.parametrize(("mean", "expected"), [(True, Normalization.MEAN_OF_MEANS), (False, Normalization.SUM)])
def test_known_servers_are_recognised_and_left_as_they_were(mean: bool, expected: Normalization) -> None:
    model = FakeService(mean=mean).create_model(4, 1)
    assert detect(model, ROW, SLACK) == Detected(expected, measured=True)
    assert not model.gradient.any()
    assert not model.state.weights.any()


class MeanOverTokens(FakeModel):
    """Divides by all tokens of a step."""

    def optim_step(self, adam, max_norm=None):
        self.gradient /= max(1, self.tokens)
        self.tokens = 0
        return super().optim_step(adam)

    def forward_backward(self, rows):
        self.tokens = getattr(self, "tokens", 0) + sum(len(one.row.completion) for one in rows) ** 2
        super().forward_backward(rows)


@pytest.mark.parametrize("model", [MeanOverTokens(FakeService(mean=False), "m")])
def test_an_unknown_server_is_refused(model: FakeModel) -> None:
    with pytest.raises(BackendError) as refused:
        detect(model, ROW, SLACK)
    assert refused.value.code is BackendErrorCode.PRECONDITION
    assert refused.value.reason == "NORMALIZATION_UNKNOWN"


def test_a_server_without_norms_is_refused() -> None:
    with pytest.raises(BackendError, match="no gradient norm"):
        detect(FakeService(tells_norm=False).create_model(4, 1), ROW, SLACK)
    with pytest.raises(BackendError, match="norm nan"):
        detect(FakeService(norm_scale=float("nan")).create_model(4, 1), ROW, SLACK)


def test_of_a_server_without_norms_its_documentation_is_believed_and_that_is_said() -> None:
    found = detect(FakeService(mean=False, tells_norm=False).create_model(4, 1), ROW, SLACK, Normalization.SUM)
    assert found == Detected(Normalization.SUM, measured=False)
    assert "as documented" in found.describe()


@pytest.mark.parametrize("scale", [float("nan"), 0.0])
def test_norms_that_are_told_are_never_passed_over(scale: float) -> None:
    """Else a server that is neither of the known ones would be taken for what its documentation
    says."""
    mean = FakeService(mean=True).create_model(4, 1)
    assert detect(mean, ROW, SLACK, Normalization.SUM).normalization is Normalization.MEAN_OF_MEANS
    with pytest.raises(BackendError, match="not known here"):
        detect(FakeService(norm_scale=scale).create_model(4, 1), ROW, SLACK, Normalization.SUM)


@pytest.mark.parametrize("clips", [True, False])
def test_whether_a_server_clips_is_found_out_and_nothing_is_left(clips: bool) -> None:
    model = FakeService(clips=clips).create_model(4, 1)
    found = detect_clip(model, ROW, SLACK, Detected(Normalization.MEAN_OF_MEANS, measured=True))
    assert found == Detected(Normalization.MEAN_OF_MEANS, measured=True, clips=clips)
    assert ("clipped in place" in found.describe()) is clips
    assert not model.gradient.any()
    assert not model.state.weights.any()


@pytest.mark.parametrize("mean", [True, False])
def test_compensation_makes_the_sum_over_tokens(mean: bool) -> None:
    """Two sequences of different lengths and the gradient of sum(coefficient * c)."""
    kind = Normalization.MEAN_OF_MEANS if mean else Normalization.SUM
    rows = [ROW, Row(ROW.prompt, ROW.completion[:2])]
    coefficients = [np.array([0.5, -1.0, 2.0, 0.0, 1.0, 0.25]), np.array([-0.75, 3.0])]
    model, plain = FakeService(mean=mean).create_model(4, 1), FakeService(mean=False).create_model(4, 1)
    for one, advantages in ((model, [kind.advantages(c, 2) for c in coefficients]), (plain, coefficients)):
        logprobs = one.forward(rows)
        one.forward_backward(
            [GradientRow(*part) for part in zip(rows, logprobs, advantages, strict=True)]  # type: ignore[arg-type]
        )
    np.testing.assert_allclose(model.gradient / (2 if mean else 1), plain.gradient, atol=1e-6)
