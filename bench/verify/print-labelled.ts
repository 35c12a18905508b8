import { readFile } from "node:fs/promises";
import { agreement, agreementTable, judgePair, readLabelled } from "./labelled.js";

/**
 * Prints how the verifier does on the labelled set, and every pair on which it disagrees; exits 1
 * when there is one.
 */
const pairs = readLabelled(
  await readFile(new URL("../../tests/data/verifier/labelled.jsonl", import.meta.url), "utf8"),
);
process.stdout.write(`${agreementTable(agreement(pairs))}\n`);
const disagreements = pairs.filter((pair) => judgePair(pair) !== pair.expected);
for (const pair of disagreements)
  process.stdout.write(`${JSON.stringify({ ...pair, verdict: judgePair(pair) })}\n`);
process.exitCode = disagreements.length === 0 ? 0 : 1;
