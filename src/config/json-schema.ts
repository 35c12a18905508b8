import { z } from "zod";
import { experimentSchema } from "./schema.js";

/** The part of JSON Schema that zod produces for this configuration. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** A setting: its dotted path and its schema. */
export interface Setting {
  readonly path: string;
  readonly schema: JsonSchema;
}

/**
 * JSON Schema (draft 2020-12) of a configuration file, for editors. A YAML file refers to it with
 * `# yaml-language-server: $schema=...`.
 */
export function configJsonSchema(): JsonSchema {
  const generated = z.toJSONSchema(experimentSchema, { io: "input" }) as JsonSchema;
  const extra = {
    $schema: { type: "string" },
    extends: {
      type: "string",
      description: "A configuration file to start from; the path is relative to this file.",
    },
  };
  return { ...generated, properties: { ...extra, ...generated.properties } };
}

let cached: readonly Setting[] | null = null;

/** All settings and sections, in the order of the schema. */
export function settings(): readonly Setting[] {
  cached ??= walk("", z.toJSONSchema(experimentSchema, { io: "input" }) as JsonSchema);
  return cached;
}

function walk(prefix: string, schema: JsonSchema): Setting[] {
  return Object.entries(objectOf(schema)?.properties ?? {}).flatMap(([key, child]) => {
    const path = `${prefix}${key}`;
    return [{ path, schema: child }, ...walk(`${path}.`, child)];
  });
}

/** The object schema, also of a section that may be null. */
function objectOf(schema: JsonSchema): JsonSchema | undefined {
  return schema.properties === undefined
    ? schema.anyOf?.find(({ properties }) => properties !== undefined)
    : schema;
}

/** True when a setting contains other settings. */
export function isSection({ schema }: Setting): boolean {
  return schema.properties !== undefined;
}

/**
 * True when a setting exists only if its section is not null: `model.lora.rank`, `trainer.tls.ca`.
 */
export function isPartOfChoice({ path }: Setting): boolean {
  return /^(model\.lora|trainer\.tls)\./.test(path);
}
