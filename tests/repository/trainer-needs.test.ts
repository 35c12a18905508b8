import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { resolveLayers } from "../../src/config/resolve.js";
import { CAPABILITY_NAMES, trainerNeeds } from "../../src/core/trainer/needs.js";

const PAGE = new URL("../../docs/trainers/bring-your-own.md", import.meta.url);
const PRESETS = ["demo", "spice"] as const;

/** The rows of the page's table, made from the code. */
function rows(): string[] {
  const needs = PRESETS.map((preset) =>
    trainerNeeds(resolveLayers([{ name: "preset", values: { preset } }]).experiment),
  );
  return Object.entries(CAPABILITY_NAMES).flatMap(([of, name]) => {
    const cells = needs.map((all) => {
      const wanted = all.filter((need) => need.of === of).map((need) => need.wanted);
      const limits = wanted.filter((one) => typeof one === "number");
      if (limits.length > 0) return `at least ${Math.max(...limits)}`;
      return [...new Set(wanted)].map((one) => `\`${String(one).replace(/^\w+Service\//, "")}\``).join(", ");
    });
    return cells.every((cell) => cell === "") ? [] : [`| \`${name}\` | ${cells.join(" | ")} |`];
  });
}

test("the page of an own trainer lists what each preset needs", async () => {
  const page = await readFile(PAGE, "utf8");
  const table = page.split("| Capability | `demo` | `spice` |\n| --- | --- | --- |\n")[1]?.split("\n\n")[0];
  expect(table?.split("\n")).toEqual(rows());
});
