import { describe, expect, test } from "@jest/globals";
import { checkInfrastructure } from "../../../src/app/guard/guards.js";
import { checkWithModel } from "../../../src/app/self-play/model-checks.js";
import { playStep } from "../../../src/app/self-play/play-step.js";
import { type StepContext, stepContext } from "../../../src/app/self-play/step-context.js";
import type { AdmissionConfig } from "../../../src/core/admission/config.js";
import { AskedTasks } from "../../../src/core/admission/repeats/asked-tasks.js";
import type { Task } from "../../../src/core/records/task.js";
import { experiment } from "../../support/experiment.js";
import { makeTask } from "../../support/fixtures.js";
import {
  capitalOf,
  halfRight,
  proposal,
  roleOf,
  segments,
  subjectOf,
  trainerOf,
} from "../../support/game.js";
import { sha256 } from "../../support/memory.js";
import type { Reply, ScriptedTrainer } from "../../support/scripted-trainer.js";

const segment = segments[0] as (typeof segments)[number];
const free: Task = {
  ...makeTask({ question: "What is the capital of Atlantia?", answer: "Port Meridian" }),
  segmentId: segment.id,
};
const options = ["Port Meridian", "Szohod", "Lakeview", "Rabanastre"];
const choice: Task = { ...free, id: "choice", answerType: "mcq", options, shuffled: options };
const off = { attempts: 0, temperature: 1, severity: "refuse" } as const;
const NOTHING: Partial<AdmissionConfig> = {
  openBook: { ...off, required: 0 },
  paraphrase: { ...off, required: 0 },
  optionsOnly: { ...off, allowed: null },
  subjectBlind: { ...off, allowed: null },
};

function contextOf(trainer: ScriptedTrainer, admission: Partial<AdmissionConfig>, retries = 0): StepContext {
  return stepContext(
    {
      experiment: {
        ...experiment,
        admission: { ...experiment.admission, ...admission },
        run: { ...experiment.run, sampleRetries: retries },
      },
      sampler: trainer,
      policyVersion: null,
      askedTasks: new AskedTasks(experiment.admission),
      evaluations: null,
      hash: sha256,
      signal: new AbortController().signal,
      progress: () => undefined,
    },
    1,
  );
}

const never = new AbortController().signal;
const check = (script: (prompt: string) => Reply, task: Task, admission: Partial<AdmissionConfig>) => {
  const trainer = trainerOf(script);
  const found = checkWithModel(contextOf(trainer, { ...NOTHING, ...admission }), segment, task, never);
  return { trainer, found };
};

describe("options alone", () => {
  const optionsOnly = { ...off, attempts: 4, allowed: null };

  test("a task whose right option can be told without its question is guessable", async () => {
    const { trainer, found } = check(() => "Port Meridian", choice, { optionsOnly });
    expect(await found).toMatchObject({
      refusal: "guessable",
      detail: "Without its question, 4 of 4 attempts reached the gold; 3 are allowed.",
      modelChecks: [{ check: "options_only", right: 4, outcome: "failed" }],
    });
    const shown = trainer.requests.map(({ prompts }) => JSON.stringify(prompts[0]?.prompt));
    for (const prompt of shown) expect(prompt).not.toContain("capital");
    // The order changes between attempts, so that a favourite place is no knowledge.
    expect(new Set(shown).size).toBeGreaterThan(1);
  });

  test("always taking the first place passes: the options move", async () => {
    const first = (prompt: string) => /Options: ([^|]*) \|/.exec(prompt)?.[1] ?? "";
    const { found } = check(first, choice, { optionsOnly: { ...optionsOnly, attempts: 16 } });
    expect((await found)?.refusal).toBeNull();
  });

  test("free answers have no options to look at, and nothing is spent on them", async () => {
    const { trainer, found } = check(() => "Port Meridian", free, { optionsOnly });
    expect(await found).toMatchObject({ refusal: null, modelChecks: [] });
    expect(trainer.requests).toHaveLength(0);
  });
});

describe("subject masked", () => {
  const subjectBlind = { ...off, attempts: 4, allowed: 1 };

  test("an answer that does not hang on the subject is guessable", async () => {
    const { trainer, found } = check(() => "Port Meridian", free, { subjectBlind });
    expect((await found)?.refusal).toBe("guessable");
    expect(JSON.stringify(trainer.requests[0]?.prompts[0]?.prompt)).toContain("What is the capital of X?");
  });

  test("with severity `count` the finding is recorded and the task goes on", async () => {
    const counted = { ...subjectBlind, severity: "count" as const };
    const { found } = check(() => "Port Meridian", free, { subjectBlind: counted });
    expect(await found).toMatchObject({ refusal: null, modelChecks: [{ outcome: "failed", right: 4 }] });
  });
});

describe("put differently", () => {
  const paraphrase = { ...off, attempts: 2, required: 2 };

  test("a gold that hangs on the wording is refused after the open-book check passed", async () => {
    const script = (prompt: string) => (prompt.includes("According to") ? "Szohod" : "Port Meridian");
    const { found } = check(script, free, { paraphrase, openBook: { ...off, attempts: 2, required: 2 } });
    expect(await found).toMatchObject({
      refusal: "paraphrase_failed",
      openBook: [{ verdict: "correct" }, { verdict: "correct" }],
    });
  });

  test("the cheapest check that refuses is the last one that is paid for", async () => {
    const { trainer, found } = check(() => "Port Meridian", free, {
      subjectBlind: { ...off, attempts: 4, allowed: 1 },
      paraphrase,
    });
    expect((await found)?.refusal).toBe("guessable");
    expect(trainer.requests).toHaveLength(1);
  });
});

test("attempts that the engine lost decide nothing: the proposal is lost, not refused", async () => {
  const { found } = check(() => ({ text: "", reason: "error" }), free, {
    openBook: { ...off, attempts: 4, required: 3 },
  });
  expect((await found)?.refusal).toBe("infrastructure");
});

test("no check of the model is spent on a proposal that a pure check refused", async () => {
  const trainer = trainerOf((prompt, seed) =>
    roleOf(prompt) === "proposal" ? proposal(subjectOf(prompt), "Who is it?") : halfRight(prompt, seed),
  );
  const all = {
    ...NOTHING,
    openBook: { ...off, attempts: 4, required: 3 },
    paraphrase: { ...off, attempts: 4, required: 3 },
  };
  await playStep(contextOf(trainer, all), [segment]);
  expect(trainer.requests).toHaveLength(1);
});

describe("samples that the engine lost", () => {
  const flaky = (failures: number) => {
    const left = new Map<bigint, number>();
    return trainerOf((prompt, seed) => {
      const before = left.get(seed) ?? failures;
      left.set(seed, before - 1);
      if (roleOf(prompt) === "blind" && before > 0) return { text: "", reason: "error" };
      return roleOf(prompt) === "blind" ? capitalOf(subjectOf(prompt)) : halfRight(prompt, seed);
    });
  };

  test("are drawn again with the same seed, and the step is what it would have been", async () => {
    const context = contextOf(flaky(2), {}, 2);
    const {
      episodes: [healed],
    } = await playStep(context, [segment]);
    const {
      episodes: [whole],
    } = await playStep(contextOf(flaky(0), {}, 2), [segment]);
    expect(healed).toEqual(whole);
    expect(context.usage.totals.retries).toBe(8);
  });

  test("count as lost after the last retry, and too many of them stop the step", async () => {
    const context = contextOf(flaky(3), {}, 2);
    const {
      episodes: [lost],
    } = await playStep(context, [segment]);
    const verdicts = lost?.proposals[0]?.attempts.map((one) => one.verdict);
    expect(new Set(verdicts)).toEqual(new Set(["infrastructure"]));
    expect(lost?.proposals[0]).toMatchObject({ passRate: null, reward: null });
    expect(() => checkInfrastructure(context.experiment, lost === undefined ? [] : [lost])).toThrow(
      expect.objectContaining({ code: "INFRASTRUCTURE_SHARE" }),
    );
  });
});
