"""Reports: a table for people, and a JSON document for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from spice_conformance.check import Result
from spice_conformance.run import Trouble
from spice_conformance.verdict import Verdict
from spice_trainer.server.wire import descriptors, pb

SCHEMA = "spice.conformance/1"
_MARKS = {Verdict.PASS: "ok", Verdict.FAIL: "FAIL", Verdict.INCONCLUSIVE: "?", Verdict.SKIPPED: "-"}


def line(result: Result) -> str:
    """Returns one line for a check."""
    return f"{_MARKS[result.verdict]:<5} {result.check.id:<32} {result.evidence}"


def summary(results: Sequence[Result]) -> str:
    """Returns the number of each verdict."""
    counted = Counter(one.verdict for one in results)
    return ", ".join(f"{counted[verdict]} {verdict.value}" for verdict in Verdict)


def causes(results: Sequence[Result]) -> list[tuple[str, list[str]]]:
    """Returns the causes of failed checks and the identifiers of these checks; the cause of most
    failures first. An exception of one check alone is left out: its evidence says it already."""
    found: dict[str, list[str]] = {}
    for one in results:
        if one.verdict is Verdict.FAIL and one.cause:
            found.setdefault(one.cause, []).append(one.check.id)
    said = {one.cause for one in results if one.cause and one.cause in one.evidence}
    shared = [(cause, checks) for cause, checks in found.items() if len(checks) > 1 or cause not in said]
    return sorted(shared, key=lambda one: -len(one[1]))


def cause_line(cause: str, checks: Sequence[str]) -> str:
    """Returns one line for a cause."""
    failures = "1 failure" if len(checks) == 1 else f"{len(checks)} failures"
    return f"one cause explains {failures}: {cause} ({', '.join(checks)})"


def by_area(results: Sequence[Result]) -> dict[str, dict[str, int]]:
    """Returns the number of verdicts by area, in the order of running."""
    out: dict[str, dict[str, int]] = {}
    for one in results:
        counts = out.setdefault(one.check.area, {verdict.value: 0 for verdict in Verdict})
        counts[one.verdict.value] += 1
    return out


def declared(message: pb.GetCapabilitiesResponse) -> dict[str, list[str] | int]:
    """Returns what an experiment may need from a trainer, by the names of
    `spice_trainer.api.Capabilities`, with names of the contract in lower case."""
    training, sampling = message.training, message.sampling
    seeds = pb.enum_name("SeedSupport", sampling.seed_support)

    def names(enum: str, numbers: Iterable[int]) -> list[str]:
        return [str(descriptors.enum_name(enum, number)) for number in numbers]

    return {
        "methods": [name.removeprefix(f"{pb.PACKAGE}.") for name in message.methods],
        "trainable": names("Trainable", message.trainable),
        "max_lora_rank": message.max_lora_rank,
        "compute_dtypes": names("ComputeDtype", message.compute_dtypes),
        "losses": names("LossKind", training.losses),
        "surrogates": names("SurrogateKind", training.surrogates),
        "ratios": names("RatioLevel", training.ratios),
        "ratio_baselines": names("RatioBaseline", training.ratio_baselines),
        "corrections": names("CorrectionKind", training.corrections),
        "kl_estimators": names("KlEstimator", training.kl_estimators),
        "kl_references": names("ReferenceKind", training.kl_references),
        "sampling_parameters": list(sampling.parameters),
        "returns": list(sampling.returns),
        "seed_support": {"bitwise": ["best_effort", "bitwise"], "best_effort": ["best_effort"]}.get(str(seeds), []),
        "max_samples_per_prompt": sampling.max_samples_per_prompt,
    }


def document(
    backend: str,
    address: str,
    results: Sequence[Result],
    troubles: Sequence[Trouble] = (),
    capabilities: pb.GetCapabilitiesResponse | None = None,
) -> dict[str, object]:
    """Returns the JSON report. Its `schema` changes only when readers must change. `troubles`: what
    failed before the checks. `capabilities`: what the trainer declares."""
    counted = Counter(one.verdict for one in results)
    return {
        "schema": SCHEMA,
        "backend": backend,
        "address": address,
        **{verdict.value: counted[verdict] for verdict in Verdict},
        "declared": {} if capabilities is None else declared(capabilities),
        "troubles": [{"what": one.what, "evidence": one.evidence} for one in troubles],
        "causes": [{"cause": cause, "checks": checks} for cause, checks in causes(results)],
        "checks": [
            {
                "id": one.check.id,
                "area": one.check.area,
                "verdict": one.verdict.value,
                "evidence": one.evidence,
                "cause": one.cause,
                "rule": one.check.rule,
                "seconds": round(one.seconds, 3),
            }
            for one in results
        ],
    }
