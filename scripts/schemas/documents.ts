import { z } from "zod";
import { episodeSchema, PARTS } from "./episode.js";
import { type FieldTexts, fieldTexts } from "./field-texts.js";

interface JsonSchema {
  type?: string | readonly string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: unknown;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  [key: string]: unknown;
}

/**
 * The JSON Schema of a line of episodes.jsonl. The descriptions are the texts of
 * docs/run-format.md.
 *
 * @throws Error when the page and the schema do not have the same fields
 */
export function episodeDocument(page: string): object {
  const parts = Object.entries(PARTS).map(([heading, part]) => ({
    heading,
    keys: Object.keys(part.shape),
    texts: fieldTexts(page, heading),
  }));
  const own = fieldTexts(page, "Fields of an episode");
  requireSame("Fields of an episode", Object.keys(episodeSchema.shape), own);
  for (const { heading, keys, texts } of parts) requireSame(heading, keys, texts);
  const byKeys = new Map(parts.map(({ keys, texts }) => [keys.join(), texts]));
  const schema = z.toJSONSchema(episodeSchema, { reused: "inline" }) as JsonSchema;
  describe(schema, own, "", byKeys);
  return {
    ...schema,
    title: "Episode: one line of episodes.jsonl",
    description: "Everything about one document in one step, scored. Later versions may add fields.",
  };
}

/**
 * The JSON Schema of a line of metrics.jsonl, from the lists of docs/run-format.md. A name with a
 * part in angle brackets is a pattern.
 */
export function metricsDocument(page: string): object {
  const texts = fieldTexts(page, "Metrics");
  const properties: Record<string, object> = {};
  const patternProperties: Record<string, object> = {};
  const number = { type: ["number", "null"] };
  for (const [name, description] of texts) {
    if (name.includes("<")) patternProperties[patternOf(name)] = { ...number, description };
    else properties[name] = { ...(FIXED[name] ?? number), description };
  }
  patternProperties["^[a-z0-9_]+_total(_n|_low|_high)?$"] = {
    ...number,
    description: "The same for all committed steps up to this step.",
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Metrics: one line of metrics.jsonl",
    description:
      "The numbers of one step. Null means: not measured in this step. Later versions may add fields.",
    type: "object",
    properties,
    patternProperties,
    required: ["step"],
    additionalProperties: { type: ["number", "string", "null"] },
  };
}

const FIXED: Readonly<Record<string, object>> = {
  step: { type: "integer", minimum: 1 },
  policy_digest: { type: "string" },
};

/** `tasks_<type>` as a regular expression. A part in brackets may be empty after a letter. */
function patternOf(name: string): string {
  const parts = name.split(/<[a-z]+>/).map((part) => part.replaceAll(".", "\\."));
  return `^${parts.join("[A-Za-z0-9_.]*")}$`;
}

function requireSame(heading: string, keys: readonly string[], texts: FieldTexts): void {
  const listed = [...texts.keys()].filter((name) => !name.includes("."));
  const missing = keys.filter((key) => !listed.includes(key));
  const unknown = listed.filter((name) => !keys.includes(name));
  if (missing.length + unknown.length === 0) return;
  throw new Error(
    `docs/run-format.md, "${heading}": without a line: ${missing.join(", ") || "none"}; not in the records: ${unknown.join(", ") || "none"}`,
  );
}

/** Adds the descriptions, and allows the fields of later versions. */
function describe(
  schema: JsonSchema,
  texts: FieldTexts,
  prefix: string,
  byKeys: ReadonlyMap<string, FieldTexts>,
): void {
  delete schema.additionalProperties;
  const { properties } = schema;
  // An object that has a list of its own in the page.
  const own = properties === undefined ? undefined : byKeys.get(Object.keys(properties).join());
  const [known, before] = own === undefined ? [texts, prefix] : [own, ""];
  for (const [name, child] of Object.entries(properties ?? {})) {
    const text = known.get(`${before}${name}`);
    if (text !== undefined) child.description = text;
    describe(child, known, `${before}${name}.`, byKeys);
  }
  if (schema.items !== undefined) describe(schema.items, known, before, byKeys);
  for (const option of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])])
    describe(option, known, before, byKeys);
}
