/**
 * Writes docs/schemas/episode.schema.json and docs/schemas/metrics.schema.json from the types of
 * the records and from the lists of docs/run-format.md.
 *
 * Usage: jiti scripts/schemas/write.ts [folder]
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { episodeDocument, metricsDocument } from "./documents.js";

const folder = process.argv[2] ?? "docs/schemas";
const page = readFileSync("docs/run-format.md", "utf8");
mkdirSync(folder, { recursive: true });
for (const [name, document] of [
  ["episode", episodeDocument(page)],
  ["metrics", metricsDocument(page)],
] as const)
  writeFileSync(join(folder, `${name}.schema.json`), `${JSON.stringify(document, null, 2)}\n`);
