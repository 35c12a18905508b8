import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { collectReport } from "../../src/app/reports/collect.js";
import { learning, unlessUntrained } from "../../src/core/analysis/learning.js";
import { MEASURES } from "../../src/core/analysis/measures.js";
import { chooseTasks } from "../../src/core/analysis/samples.js";
import { scanEpisodes } from "../../src/core/analysis/scan.js";
import { ticks } from "../../src/web/parts/charts/scale.js";
import { escapeText, html } from "../../src/web/parts/html.js";
import { renderReport } from "../../src/web/report/report.js";
import { summaryLines } from "../../src/web/report/summary.js";
import { anyText } from "../support/any-text.js";
import { controlRun, syntheticRun } from "./synthetic-run.js";

describe("markup", () => {
  test("escapes everything that is inserted, at any depth", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const { text: page } = html`<p title="${text}">${[[text], html`<b>${text}</b>`]}</p>`;
        const inner = page.replaceAll(/<\/?[pb]>|<p title="[^"]*">/g, "");
        return !/[<>"']/.test(inner) && ![...page].some((one) => one < "\t");
      }),
    );
    expect(escapeText(`<&>"'`)).toBe("&lt;&amp;&gt;&quot;&#39;");
    expect(html`${null}${false}${0}`.text).toBe("0");
  });
});

describe("ticks", () => {
  test("are round, inside the domain, and about as many as asked for", () => {
    expect(ticks([0, 1], 4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(ticks([1, 30], 7)).toEqual([5, 10, 15, 20, 25, 30]);
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (from, size) => {
          const found = ticks([from, from + size], 5);
          return (
            found.length <= 12 &&
            found.every((tick) => tick >= from - size * 1e-6 && tick <= from + size * (1 + 1e-6))
          );
        },
      ),
    );
  });
});

describe("the truth section", () => {
  test("shows gold accuracy by type, that of refused proposals, and planted tasks with intervals, in the words of the glossary", async () => {
    const data = await collectReport(syntheticRun(6, 0.3), null);
    const all = data.truth.gold.find(({ type, side }) => type === "all" && side === "admitted");
    expect(all?.right?.share).toBe(1);
    expect(all?.right?.low).toBeLessThan(1);
    const rejects = data.truth.canaries.find(({ kind }) => kind === "right_answer");
    expect(rejects?.missed).toMatchObject({ share: 1 / 6, n: 36 });
    const page = renderReport(data);
    expect(page).toContain("Can the answers be trusted?");
    expect(page).toContain("16.7 %");
    const section = page.split("Can the answers be trusted?")[1]?.split("<details")[0] ?? "";
    expect(section).toContain("Planted task");
    expect(section).not.toMatch(/canar|judge|memory/i);
  });

  test("a run of an earlier version, without planted tasks, shows none", async () => {
    const run = syntheticRun(3, 0);
    const old = {
      ...run,
      async *episodes() {
        for await (const { canaries: _, ...episode } of run.episodes()) yield episode;
      },
    };
    const { truth } = await collectReport(old, null);
    expect(truth.canaries.every((one) => one.missed === null)).toBe(true);
  });
});

describe("the learning claim", () => {
  const claim = async (steps: number, gain: number, control = false) => {
    const { points } = await scanEpisodes(syntheticRun(steps, gain).episodes());
    const other = control ? (await scanEpisodes(syntheticRun(steps, 0).episodes())).points : null;
    return learning(points, other, steps);
  };

  test("a run that rises has learned, beside its control too", async () => {
    const found = await claim(24, 0.6, true);
    expect(found.verdict).toBe("learned");
    const admitted = found.changes.find((one) => one.measure.key === "admittedShare");
    expect(admitted?.change?.low).toBeGreaterThan(0);
    expect(admitted?.overControl?.low).toBeGreaterThan(0);
  });

  test("a run that stays is not said to rise, and one that sinks fell", async () => {
    const stays = await claim(24, 0);
    expect(stays.verdict).toBe("unclear");
    expect(stays.sentence).toMatch(
      /^Over the run: no clear change of challenger reward and admitted proposals\./,
    );
    expect((await claim(24, -0.28)).verdict).toBe("fell");
  });

  test("the same figures get the same words in the terminal and in the report, with and without a control", async () => {
    const alone = await claim(24, -0.28);
    expect(alone.sentence).toMatch(/^Over the run: .*challenger reward.* fell/);
    const run = syntheticRun(24, -0.28);
    const data = await collectReport(run, { run: syntheticRun(24, -0.28), differences: [] });
    // The control fell as much. The sentence about the run stays; the comparison is a second one.
    expect(data.learning.sentence.startsWith(alone.sentence.split(".")[0] ?? "?")).toBe(true);
    expect(data.learning.sentence).toContain(
      "Compared with the control: no clear change of challenger reward and admitted proposals.",
    );
    const page = renderReport(data);
    expect(page).toContain(data.learning.sentence);
    const [sentence, ...rows] = summaryLines(data.learning);
    expect(sentence).toBe(data.learning.sentence);
    for (const [place, { change }] of data.learning.changes.entries()) {
      const words = change === null ? "not measured" : change.high < 0 ? "fell: " : "no clear change: ";
      expect(rows[place]).toContain(words);
    }
    expect(page).toContain("<small>fell</small>");
    expect(page).toContain("<small>no clear change</small>");
  });

  test("no interval has values that a share or a reward cannot have", () => {
    const points = (...values: readonly number[]) =>
      values.map((value, step) => ({ x: step, cluster: `d${step % 2}`, value }));
    const none = { admittedShare: [], learnableShare: [], goldAccuracy: [], newQuestions: [] };
    const given = {
      ...none,
      reasonerReward: points(0, 1, 0, 1, 1, 1),
      challengerReward: points(-0.1, 1, 0, 1, 1, 1),
    };
    const { changes } = learning(given, null, 6, { low: -0.1, high: 1 });
    const of = (key: string) => changes.find(({ measure }) => measure.key === key)?.change;
    expect(of("reasonerReward")?.high).toBe(1);
    expect(of("challengerReward")?.high).toBeCloseTo(1.1);
    expect(changes.every(({ last }) => last === null || last.high <= 1)).toBe(true);
  });

  test("a run without a step has one sentence and the command that goes on", async () => {
    const data = await collectReport(syntheticRun(0, 0), null);
    expect(summaryLines(data.learning)).toEqual([
      "The run has no committed step, so nothing can be measured.",
    ]);
    expect(renderReport(data)).toContain("spice train --resume");
  });

  test("a run that is too short, or was not trained, has figures without a word or color for their direction", async () => {
    const data = await collectReport(syntheticRun(4, -0.9), null);
    const untrained = {
      ...data,
      learning: unlessUntrained((await collectReport(syntheticRun(24, -0.28), null)).learning, 24, 0),
    };
    const fell = data.learning.changes.find(({ change }) => change !== null && change.high < 0);
    expect(fell).toBeDefined();
    for (const one of [data, untrained]) {
      const lines = summaryLines(one.learning).slice(1).join("\n");
      expect(lines).toMatch(one === data ? /→ .*, too few steps for an interval/ : /→ .*, [+−][\d.]+ \[/);
      expect(lines).not.toMatch(/fell|rose|no clear change/);
      const page = renderReport(one);
      expect(page).not.toMatch(/<small>(?:fell|rose|no clear change)<\/small>/);
      expect(page).not.toMatch(/class="(?:changed|interval) (?:up|down)"/);
    }
  });

  test("few steps are no evidence", async () => {
    expect((await claim(3, 0.6)).verdict).toBe("too short");
  });
});

describe("the report", () => {
  test("is one page that loads nothing, with every model text escaped", async () => {
    const page = renderReport(await collectReport(syntheticRun(12, 0.4), controlRun(12)));
    expect(page).not.toMatch(/<(?:link|img|iframe|object)|<script [^>]|@import|url\(/);
    expect(page.match(/<\/script>/g)).toHaveLength(1);
    expect(page).toContain("&lt;/script&gt;&lt;img");
    for (const { label } of MEASURES) expect(page).toContain(label);
    expect(page).toContain("answer not in the document");
  });

  test("marks the evidence, from the corpus when it is at hand and from the prompt when not", async () => {
    const page = renderReport(await collectReport(syntheticRun(12, 0.4), null));
    expect(page).toContain("<mark>the answer</mark>");
  });

  test("shows tasks by rule: three thirds, three difficulties, no document twice", async () => {
    const { candidates } = await scanEpisodes(syntheticRun(30, 0.4).episodes());
    const chosen = chooseTasks(candidates);
    expect(chosen).toHaveLength(9);
    expect(new Set(chosen.map((one) => one.documentId)).size).toBe(9);
    expect(chosen.map((one) => one.passRate)).toEqual(expect.arrayContaining([0, 0.5, 1]));
    expect(chooseTasks(candidates)).toEqual(chosen);
  });
});
