import type { ControlRun, ReportedRun } from "../../src/app/reports/collect.js";
import { resolveLayers } from "../../src/config/resolve.js";
import { stepMetrics } from "../../src/core/analysis/step-metrics.js";
import { challengerReward } from "../../src/core/game/rewards/rewards.js";
import { keyed } from "../../src/core/random/rng.js";
import type { Episode } from "../../src/core/records/episode.js";
import { attempts, makeEpisode, makeProposal } from "../support/episodes.js";
import { makeTask } from "../support/fixtures.js";

const HOSTILE = `</script><img src=x onerror="document.title='pwned'">\u0007 & "quotes"`;

/**
 * A run that was never played: `gain` moves the share of admitted proposals from 0.3 to 0.3 + gain
 * over its steps.
 */
export function syntheticRun(steps: number, gain: number, id = "synthetic"): ReportedRun {
  const { experiment } = resolveLayers([
    {
      name: "test",
      values: { preset: "demo", name: `run ${HOSTILE}`.slice(0, 3), steps: Math.max(1, steps) },
    },
  ]);
  const played = Array.from({ length: steps }, (_, index) => episodesOf(index + 1, steps, gain));
  return {
    info: {
      id: `${id} ${HOSTILE}`,
      name: id,
      createdAt: "2026-11-22T15:04:05Z",
      detail: "",
      configDigest: "c0ffee",
      provenance: { argv: ["train", HOSTILE] },
    },
    state: "finished",
    config: experiment,
    steps: [{ policyDigest: "d1ge57" }],
    async *episodes() {
      for (const step of played) yield* step;
    },
    async *metrics() {
      for (const [index, step] of played.entries()) {
        const times = { seconds_step: 10, seconds_sample: 6, seconds_train: 3.5, seconds_publish: 0.5 };
        yield {
          ...stepMetrics(index + 1, step),
          ...times,
          step: index + 1,
          sampled_completion_tokens: 900,
          trained_tokens: 700,
          trained_sequences: 8,
          policy_version: index,
        };
      }
    },
    async *audit() {
      yield { event: "trainer", data: { backend: "fake" } };
    },
  };
}

/** A run in which nothing was learned, to compare with. */
export function controlRun(steps: number): ControlRun {
  return {
    run: syntheticRun(steps, 0, "control"),
    differences: [{ path: "train.learningRate", run: 5e-5, control: 0 }],
  };
}

function episodesOf(step: number, steps: number, gain: number): Episode[] {
  return Array.from({ length: 6 }, (_, slot) => {
    const rng = keyed(7, step, slot);
    const proposals = Array.from({ length: 8 }, () => {
      if (rng.next() > 0.3 + (gain * step) / steps) {
        return makeProposal({
          refusal: "evidence_missing",
          text: `Question ${HOSTILE}`,
          detail: HOSTILE,
          reward: -0.1,
          advantage: 0,
        });
      }
      const right = Math.floor(rng.next() * 9);
      const graded = attempts(
        ...Array.from({ length: 8 }, (_none, index) =>
          index < right ? ("correct" as const) : ("wrong" as const),
        ),
      );
      return makeProposal({
        task: {
          ...makeTask(),
          question: `What is ${rng.int(1000)} ${HOSTILE}?`,
          answer: "the answer",
          evidence: { start: 0, end: 1 },
          quotes: [],
        },
        attempts: graded.map((one) => ({ ...one, answer: HOSTILE, text: HOSTILE })),
        openBook: attempts("correct", "correct", "correct"),
        passRate: right / 8,
        reward: challengerReward(
          { blind: { correct: right, graded: 8 }, open: { correct: 0, graded: 0 } },
          { kind: "variance", sigma: 0.1 },
        ),
        advantage: 0.1,
      });
    });
    const episode = makeEpisode(proposals);
    const prompt = { kind: "text" as const, text: `A document with the answer in it. ${HOSTILE}` };
    return {
      ...episode,
      step,
      slot,
      documentId: `document ${(step * 5 + slot) % 40}`,
      challengerPrompt: prompt,
      canaries: [
        {
          kind: "right_answer" as const,
          judge: "verifier" as const,
          trick: HOSTILE,
          question: HOSTILE,
          gold: HOSTILE,
          planted: HOSTILE,
          caught: slot > 0,
          outcome: HOSTILE,
        },
      ],
    };
  });
}
