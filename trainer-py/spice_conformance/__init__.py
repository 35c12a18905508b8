"""The conformance kit: checks whether a trainer, in any language, follows the contract. It uses
gRPC only.

On a command line: `python -m spice_conformance --target ADDRESS --token-file FILE --model NAME`. In
pytest:

    kit = Kit(Target("127.0.0.1:50051", token, model="./tiny"))

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
    def test_conformance(check: Check) -> None:
        result = kit.run(check)
        assert result.verdict is not Verdict.FAIL, result.evidence
"""

from spice_conformance.check import Check, Result
from spice_conformance.checks import AREAS, CHECKS
from spice_conformance.run import Kit, run_checks, select
from spice_conformance.target import Target
from spice_conformance.verdict import Verdict

__all__ = ["AREAS", "CHECKS", "Check", "Kit", "Result", "Target", "Verdict", "run_checks", "select"]
