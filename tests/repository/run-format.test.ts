import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "@jest/globals";
import { stepRecord } from "../../src/app/training/step-record.js";
import { RunTotals } from "../../src/core/analysis/run-totals.js";
import type { Episode } from "../../src/core/records/episode.js";
import type { PlantedTask } from "../../src/core/records/planted.js";
import { attempts, makeEpisode, makeProposal } from "../support/episodes.js";
import { makeTask } from "../support/fixtures.js";

/** The text of docs/run-format.md between two of its headings. */
let section: (from: string, to: string) => string;
beforeAll(async () => {
  const page = await readFile("docs/run-format.md", "utf8");
  section = (from, to) => {
    const start = page.indexOf(`\n## ${from}\n`);
    const end = page.indexOf(`\n## ${to}\n`);
    if (start < 0 || end < start) throw new Error(`docs/run-format.md lost the section ${from}`);
    return page.slice(start, end);
  };
});

/** An episode with every field that an episode can have. */
function fullEpisode(): Episode {
  const [attempt] = attempts("correct");
  if (attempt === undefined) throw new Error("an attempt");
  const judged = { ...attempt, rescuedBy: "judge" } as const;
  const proposal = makeProposal({
    findings: [{ code: "answer_leak", detail: "" }],
    task: { ...makeTask(), policy: { tolerance: "1%" } },
    openBook: [attempt],
    modelChecks: [{ check: "options_only", right: 1, outcome: "passed", attempts: [attempt] }],
    attempts: [judged],
    twoArm: { open: 1, blind: 1, gap: 0, diagnosis: "easy" },
  });
  const planted: PlantedTask = {
    kind: "wrong_gold",
    trick: "letter",
    judge: "gate",
    question: "",
    gold: "",
    planted: "",
    caught: true,
    outcome: "answer_leak",
  };
  return {
    ...makeEpisode([proposal], 0),
    documentRefusal: { code: "document_secret", detail: "" },
    canaries: [planted],
  };
}

/** Objects whose keys this page leaves to another page. */
const ELSEWHERE = new Set(["policy"]);

/** All keys of a value, at any depth. */
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...(ELSEWHERE.has(key) ? [] : keysOf(inner))]);
}

test("docs/run-format.md describes every field of an episode", () => {
  const text = section("Episodes", "Metrics");
  const keys = [...new Set(keysOf(fullEpisode()))];
  expect(keys.length).toBeGreaterThan(50);
  expect(keys.filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
});

test("docs/run-format.md describes every field of a line of metrics", () => {
  const episodes = [fullEpisode()];
  const totals = new RunTotals();
  for (const episode of episodes) totals.add(episode);
  const sampled = { promptTokens: 0, completionTokens: 0, retries: 0, seconds: 1, cpuSeconds: 1 };
  const optim = {
    ...{ learningRate: 0, beta1: 0, beta2: 0, epsilon: 0, weightDecay: 0 },
    ...{ maxGradNorm: null, resetMoments: false },
  };
  const record = stepRecord({
    staged: { step: 1, episodes, batch: null, optim, sampled, opinions: {} },
    outcome: null,
    policy: { version: 1, digest: "", parentStep: 0 },
    times: { trainSeconds: 1, publishSeconds: 1, seconds: 2, cpuSeconds: 1 },
  });
  const names = Object.keys({ ...record, ...totals.metrics("_total") });
  expect(names.length).toBeGreaterThan(150);
  // `refusal_<code>` on the page stands for all names that begin with `refusal_`.
  const described = [...section("Metrics", "What makes a step count").matchAll(/`([^`\s]+)`/g)].map(
    ([, name = ""]) => new RegExp(`^${name.replaceAll(".", "\\.").replaceAll(/<\w+>/g, "\\w*")}$`),
  );
  const missing = names.filter((name) => {
    const [own, withTotal] = [name, name.replace("_total", "")];
    return !described.some((pattern) => pattern.test(own) || pattern.test(withTotal));
  });
  expect(missing).toEqual([]);
});
