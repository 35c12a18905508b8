import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { keyed } from "../../../src/core/random/rng.js";
import { featuresOf } from "../../../src/core/text/near-duplicates/features.js";
import { HashMultimap } from "../../../src/core/text/near-duplicates/hash-multimap.js";
import { jaccard, PERMUTATIONS, signature } from "../../../src/core/text/near-duplicates/min-hash.js";
import { NearIndex } from "../../../src/core/text/near-duplicates/near-index.js";

const sorted = (values: readonly number[]) =>
  Uint32Array.from(new Set(values.map((one) => one >>> 0))).sort();
const word32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe("MinHash", () => {
  test("the share of equal places estimates the Jaccard index, without bias and within its error", () => {
    const rng = keyed("min-hash");
    const fresh = () => rng.int(2 ** 32);
    let bias = 0;
    const draws = 200;
    for (let draw = 0; draw < draws; draw += 1) {
      const shared = Array.from({ length: 1 + rng.int(30) }, fresh);
      const a = sorted([...shared, ...Array.from({ length: rng.int(20) }, fresh)]);
      const b = sorted([...shared, ...Array.from({ length: rng.int(20) }, fresh)]);
      const [one, two] = [signature(a), signature(b)];
      const estimate = one.filter((value, place) => value === two[place]).length / PERMUTATIONS;
      const truth = jaccard(a, b);
      bias += (estimate - truth) / draws;
      // Five standard errors of a share over the 64 independent places.
      expect(Math.abs(estimate - truth)).toBeLessThanOrEqual(
        5 * Math.sqrt((truth * (1 - truth)) / PERMUTATIONS) + 1e-9,
      );
    }
    expect(Math.abs(bias)).toBeLessThan(0.02);
  });

  test("the Jaccard index is that of sets", () => {
    fc.assert(
      fc.property(fc.uniqueArray(word32), fc.uniqueArray(word32), (a, b) => {
        const shared = a.filter((one) => b.includes(one)).length;
        const union = new Set([...a, ...b]).size;
        expect(jaccard(sorted(a), sorted(b))).toBeCloseTo(union === 0 ? 0 : shared / union, 12);
      }),
    );
  });
});

describe("HashMultimap", () => {
  test("holds what a map of lists holds, newest first", () => {
    const entry = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 400 }), (entries) => {
        const map = new HashMultimap();
        const expected = new Map<number, number[]>();
        for (const [key, value] of entries) {
          map.add(key, value);
          expected.set(key, [value, ...(expected.get(key) ?? [])]);
        }
        expect(map.size).toBe(entries.length);
        for (let key = 0; key <= 51; key += 1) {
          expect(map.get(key)).toEqual(expected.get(key) ?? []);
          expect(map.get(key, 2)).toEqual((expected.get(key) ?? []).slice(0, 2));
        }
      }),
    );
  });
});

describe("NearIndex", () => {
  const alike = (one: string, other: string, similarity = 0.75) => {
    const index = new NearIndex(similarity);
    index.add(featuresOf(one, "Oslo"));
    return index.find(featuresOf(other, "Oslo")) !== null;
  };

  test.each([
    ["What is the capital of Norway?", "Which city is the capital of Norway?", true],
    ["What is the capital of Norway?", "Please tell me, what is the capital of Norway?", true],
    ["What is the capital of Norway?", "what is norway's capital", true],
    [
      "Which country is the top import partner of Chad?",
      "Which country is the top import partner of Mali?",
      false,
    ],
    [
      "Which country is the top import partner of Chad?",
      "Which country is the top export partner of Chad?",
      false,
    ],
    ["How many people lived in Chad in 2010?", "How many people lived in Chad in 2015?", false],
    ["How many people lived in Chad in 2010?", "In 2010, how many people lived in Chad?", true],
    ["", "", false],
  ])("%p and %p: %p", (one, other, expected) => {
    expect(alike(one, other)).toBe(expected);
  });

  test("finds every pair that is alike enough, up to the banding's misses", () => {
    const rng = keyed("near");
    const index = new NearIndex(0.75);
    const none = new Uint32Array(0);
    const sets = Array.from({ length: 400 }, () => Array.from({ length: 16 }, () => rng.int(2 ** 32)));
    for (const set of sets) index.add({ all: sorted(set), decisive: none });
    const found = sets.filter((set, place) => {
      const changed = sorted([...set.slice(0, 14), rng.int(2 ** 32)]);
      return index.find({ all: changed, decisive: none }) === place;
    });
    expect(found.length).toBeGreaterThanOrEqual(398);
  });
});
