import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { murmur128 } from "../../../src/core/random/murmur.js";
import { keyed } from "../../../src/core/random/rng.js";

describe("keyed", () => {
  test("depends on the key alone", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.integer())), (key) => {
        const [one, two] = [keyed(...key), keyed(...key)];
        expect([one.next(), one.int(7), one.seed64()]).toEqual([two.next(), two.int(7), two.seed64()]);
      }),
    );
  });

  test("tells apart keys that concatenate alike, and numbers from their digits", () => {
    const firsts = [
      keyed("ab", "c"),
      keyed("a", "bc"),
      keyed("abc"),
      keyed(1),
      keyed("1"),
      keyed(1, 2),
      keyed(12),
    ].map((rng) => rng.seed64());
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  test("is the same stream as when it was first written", () => {
    const rng = keyed(1, 2, "document", "proposal", 3);
    expect([rng.seed64(), rng.int(1000), rng.next()]).toMatchInlineSnapshot(`
[
  7359350582124017080n,
  208,
  0.8611976691003108,
]
`);
  });

  test("refuses a key that is not a number", () => {
    expect(() => keyed(Number.NaN)).toThrow(/finite/);
  });
});

describe("draws", () => {
  test("next is uniform in [0, 1) across neighbouring keys", () => {
    const draws = Array.from({ length: 20_000 }, (_, index) => keyed(7, "d", index).next());
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
  });

  test("int fills every residue evenly", () => {
    const rng = keyed("int");
    const counts = new Array<number>(6).fill(0);
    for (let draw = 0; draw < 60_000; draw += 1) {
      const face = rng.int(6);
      counts[face] = (counts[face] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 32 + 1])("int(%p) is refused", (below) => {
    expect(() => keyed("x").int(below)).toThrow(RangeError);
  });

  test("int accepts the whole range", () => {
    expect(keyed("x").int(2 ** 32)).toBeLessThan(2 ** 32);
    expect(keyed("x").int(1)).toBe(0);
  });

  test("sample gives distinct indices below n; a full sample is a permutation", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 0, max: 200 }),
        fc.string(),
        (a, b, key) => {
          const [k, n] = a < b ? [a, b] : [b, a];
          const drawn = keyed(key).sample(n, k);
          expect(new Set(drawn).size).toBe(k);
          expect(drawn.every((index) => index >= 0 && index < n)).toBe(true);
        },
      ),
    );
    expect([...keyed("p").sample(50, 50)].sort((x, y) => x - y)).toEqual(
      Array.from({ length: 50 }, (_, index) => index),
    );
    expect(() => keyed("p").sample(2, 3)).toThrow(RangeError);
  });

  test("every order of three comes up equally often", () => {
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 12_000; draw += 1) {
      const order = keyed("order", draw).shuffle(["a", "b", "c"]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  });

  test("pick needs something to pick from", () => {
    expect(["a", "b"]).toContain(keyed("x").pick(["a", "b"]));
    expect(() => keyed("x").pick([])).toThrow(RangeError);
  });
});

describe("murmur128", () => {
  // Reference values: MurmurHash3_x86_128 of the UTF-16LE bytes, computed with the Python package
  // mmh3 5.3.1.
  test.each<[string, string]>([
    ["", "00000000000000000000000000000000"],
    ["a", "033bb196ccef4fe1ccef4fe1ccef4fe1"],
    ["ab", "260fb953af22b6fdaf22b6fdaf22b6fd"],
    ["abcdefg", "851fde5ef81a9aab2a351f32fa8e8ca7"],
    ["abcdefgh", "6c3576558df898a1a76d230d42147114"],
    ["abcdefghi", "17a3d73237eee48604d39ee1ee7f6ddc"],
    ["Zażółć gęślą jaźń 😀", "0db7fa04ac35e0ee13a5fe537e45a6aa"],
    ["n1:1n1:2s8:documents8:proposaln1:3", "f1a83e26fea3d3fc99990995cb3d5f39"],
  ])("%p", (text, expected) => {
    expect(
      murmur128(text)
        .map((word) => word.toString(16).padStart(8, "0"))
        .join(""),
    ).toBe(expected);
  });
});
