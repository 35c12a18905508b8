import { z } from "zod";
import { withExperimentalNote } from "./experimental.js";
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
  const generated = noted("", generatedSchema());
  const extra = {
    $schema: { type: "string" },
    extends: {
      type: "string",
      description: "A configuration file to start from; the path is relative to this file.",
    },
  };
  return { ...generated, properties: { ...extra, ...generated.properties } };
}

const generatedSchema = (): JsonSchema => z.toJSONSchema(experimentSchema, { io: "input" }) as JsonSchema;

/** The schema with the notes on experimental settings in its descriptions. */
function noted(path: string, schema: JsonSchema): JsonSchema {
  const description = withExperimentalNote(path, schema.description);
  const prefix = path === "" ? "" : `${path}.`;
  return {
    ...schema,
    ...(description === "" ? {} : { description }),
    ...(schema.properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(schema.properties).map(([key, child]) => [key, noted(`${prefix}${key}`, child)]),
          ),
        }),
  };
}

let cached: readonly Setting[] | null = null;

/** All settings and sections, in the order of the schema. */
export function settings(): readonly Setting[] {
  cached ??= walk("", generatedSchema());
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
 * True when a setting exists only if its section is not null: `model.lora.rank`, `trainer.tls.ca`,
 * `challenger.templates.folder`.
 */
export function isPartOfChoice({ path }: Setting): boolean {
  return /^(model\.lora|trainer\.tls|challenger\.templates)\./.test(path);
}
