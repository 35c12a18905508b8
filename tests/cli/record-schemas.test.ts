import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { z } from "zod";
import { episodeDocument, metricsDocument } from "../../scripts/schemas/documents.js";
import { episodeSchema } from "../../scripts/schemas/episode.js";
import { fieldTexts } from "../../scripts/schemas/field-texts.js";
import { readRun } from "../../src/adapters/runs/read-run.js";
import type { Episode } from "../../src/core/records/episode.js";
import type { StepMetrics } from "../../src/core/records/metrics.js";
import { describeWithPython } from "../support/python.js";
import { copyCorpus } from "./shared/finished-run.js";
import { FAKE, set, type Workplace, workplace } from "./spice.js";

jest.setTimeout(180_000);

type Tree = Parameters<typeof z.fromJSONSchema>[0];
const published = async (name: string): Promise<Tree> =>
  JSON.parse(await readFile(`docs/schemas/${name}.schema.json`, "utf8"));
const page = () => readFile("docs/run-format.md", "utf8");

describe("the published schemas", () => {
  test("are what the types and docs/run-format.md give (else: npm run gen)", async () => {
    expect(await published("episode")).toEqual(JSON.parse(JSON.stringify(episodeDocument(await page()))));
    expect(await published("metrics")).toEqual(JSON.parse(JSON.stringify(metricsDocument(await page()))));
  });

  test("a field without a line in the page, and a line without a field, are found", async () => {
    const text = await page();
    expect(() => episodeDocument(text.replace("- `passRate`:", "- `rate`:"))).toThrow(
      "without a line: passRate; not in the records: rate",
    );
    expect(() => fieldTexts(text, "Fields of nothing")).toThrow("lists no field");
  });

  test("every field of an episode has its text", async () => {
    const without: string[] = [];
    const walk = (schema: Record<string, unknown>, path: string): void => {
      for (const [name, child] of Object.entries((schema["properties"] ?? {}) as Record<string, object>)) {
        if (!("description" in child) && path === "") without.push(name);
        walk(child as Record<string, unknown>, `${path}${name}.`);
      }
    };
    walk((await published("episode")) as Record<string, unknown>, "");
    expect(without).toEqual([]);
  });
});

describeWithPython("records of a real run", () => {
  let place: Workplace;
  const episodes: Episode[] = [];
  const metrics: StepMetrics[] = [];
  beforeAll(async () => {
    place = await workplace();
    await copyCorpus(place);
    // Checks that count, checks by the model, and two arms, so that the optional fields occur.
    const settings = [
      ...FAKE.filter((one) => !/^admission\.(subject|optionKinds)=/.test(one)),
      ...[
        "corpus.kinds=[]",
        "admission.subject=count",
        "admission.optionKinds=count",
        "admission.optionPattern=count",
      ],
      ...["admission.optionsOnly.attempts=4", "reward.kind=two_arm"],
    ];
    const folder = join(place.folder, "runs/one");
    const done = await place.call("train", ...set(...settings), "--dir", folder);
    expect([done.code, done.code === 0 ? "" : done.stderr]).toEqual([0, ""]);
    const run = await readRun(folder);
    for await (const one of run.episodes()) episodes.push(one);
    for await (const one of run.metrics()) metrics.push(one);
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  test("have no field that the schema of episodes lacks, and the optional fields occur", () => {
    expect(episodes.length).toBeGreaterThan(10);
    for (const episode of episodes) expect(episodeSchema.safeParse(episode).error?.issues).toBeUndefined();
    const text = JSON.stringify(episodes);
    for (const name of ["findings", "modelChecks", "twoArm", "canaries"])
      expect(text).toContain(`"${name}":`);
  });

  test("fit the published schema of episodes; changed records do not", async () => {
    const schema = z.fromJSONSchema(await published("episode"));
    for (const episode of episodes) expect(schema.safeParse(episode).error?.issues).toBeUndefined();
    const [one] = episodes;
    const wrong: readonly object[] = [
      { ...one, step: 0 },
      { ...one, slot: "0" },
      { ...one, format: { kind: "free" } },
      { ...one, proposals: [{ ...one?.proposals[0], passRate: 1.5 }] },
      { ...one, proposals: [{ ...one?.proposals[0], gold: "perhaps" }] },
    ];
    for (const record of wrong) expect(schema.safeParse(record).success).toBe(false);
    expect(schema.safeParse({ ...one, fieldOfALaterVersion: 1 }).success).toBe(true);
  });

  test("each metric is a name or a pattern of the page, and has a value that its schema allows", async () => {
    const { properties, patternProperties } = (await published("metrics")) as {
      properties: Record<string, { type: string | string[] }>;
      patternProperties: Record<string, { type: string[] }>;
    };
    const patterns = Object.entries(patternProperties).map(([text, one]) => [new RegExp(text), one] as const);
    const typeOf = (value: unknown) => (value === null ? "null" : typeof value);
    const unknown: string[] = [];
    for (const [name, value] of metrics.flatMap((one) => Object.entries(one))) {
      const found = properties[name] ?? patterns.find(([pattern]) => pattern.test(name))?.[1];
      const types = [found?.type ?? []].flat().map((one) => (one === "integer" ? "number" : one));
      if (!types.includes(typeOf(value))) unknown.push(`${name}: ${typeOf(value)}`);
    }
    expect(unknown).toEqual([]);
    // A pattern that fits every name would hide a missing line.
    expect(patterns.filter(([pattern]) => pattern.test("no_such_metric"))).toEqual([]);
  });
});
