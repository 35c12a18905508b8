"""The optimizer's checks on a model without context. Preparation brings the model to its best
weights for the batch of the kit. Near the best weights, the likelihood bends within one step."""

from __future__ import annotations

from pathlib import Path

from mutants.trial import serving
from spice_conformance import Kit, Verdict, select
from tests.conformance.examples import BIGRAM

UNIGRAM = '''
import numpy as np
from bigram_of_the_example import *
from bigram_of_the_example import BigramModel as Bigram


class BigramModel(Bigram):
    """The weights are the logits of every token, whatever stands before it."""

    def initial_weights(self, seed):
        return np.random.default_rng(seed).normal(size=VOCABULARY)

    def next_logits(self, weights, prompt, completion):
        return weights

    def logits(self, weights, prompt, completion):
        return np.tile(weights, (len(completion), 1))

    def gradient(self, prompt, completion, by_logits):
        return by_logits.sum(axis=0)
'''


def test_every_check_of_the_optimizer_passes_on_a_unigram_model(tmp_path: Path) -> None:
    site = BIGRAM.install(tmp_path)
    (site / "bigram_model.py").rename(site / "bigram_of_the_example.py")
    (site / "bigram_model.py").write_text(UNIGRAM)
    with serving("spice_trainer", "serve", "--backend", "bigram", packages=site) as target:
        kit = Kit(target)
        results = [kit.run(check) for check in select(["optimizer"])]
    assert len(results) == 7
    assert [(one.check.id, one.evidence) for one in results if one.verdict is not Verdict.PASS] == []
