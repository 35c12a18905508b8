/**
 * Writes src/config/user-config.ts: the type of a configuration file, with a comment for each
 * setting. Editors show these comments. The types and the texts come from the schema of the
 * settings; the texts are those of docs/configuration.md.
 *
 * Usage: node scripts/gen-user-config.mjs [folder]
 *
 * Exit code 1 when the schema has a form that has no type here, or fewer settings than `LEAST`: a
 * generator that reads nothing must not pass.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { createJiti } from "jiti";

const LEAST = 150;
const COLUMNS = 100;

const folder = process.argv[2] ?? ".";
const jiti = createJiti(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const source = (file) => jiti.import(join(here, "..", file));
const { configJsonSchema } = await source("src/config/json-schema.ts");
const { factsOf } = await source("src/config/reference.ts");
const { typeOf: settingType } = await source("src/config/setting-type.ts");
const { wrap } = await source("src/config/wrap.ts");

/** Declarations of sections and entries of lists, the inner before the outer. */
const declarations = [];
let described = 0;

const root = configJsonSchema();
const { $schema: _, ...properties } = root.properties;
const fields = members({ ...root, properties }, "", "  ");
const text = `// Generated from the schema of the settings by \`npm run gen\`. Changes here are lost.

/** Any value of JSON. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue };

${declarations.join("\n")}
/**
 * The settings of a configuration file. All are optional, and a preset or another file has the
 * remaining settings. docs/configuration.md has the same texts on one page.
 */
export type UserConfig = {
${fields}};
`;
if (described < LEAST) fail(`${described} settings, at least ${LEAST} expected: the schema was not read`);
const target = join(folder, "src/config/user-config.ts");
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, text);

/** The fields of an object, each with its comment. */
function members({ properties: children = {}, required = [] }, prefix, indent) {
  return Object.entries(children)
    .map(([key, schema]) => {
      const at = `${prefix}${key}`;
      const type = isSection(schema) ? named(schema, at, "Settings") : typeOf(schema, at, indent);
      const isRequired = required.includes(key);
      const field = isRequired ? `${key}: ${type}` : `${key}?: ${type} | undefined`;
      return `${comment(textOf(schema, at, isRequired), at, indent)}${indent}${field};\n`;
    })
    .join("");
}

/** Declares a type for an object. Returns its name: `train.loss` gives `TrainLossSettings`. */
function named(schema, path, ending) {
  const name = `${path.replaceAll(/(?:^|\.)(.)/g, (_match, first) => first.toUpperCase())}${ending}`;
  const inner = members(schema, `${path}.`, "  ");
  const about = isSection(schema) ? schema.description : `An entry of \`${path}\`.`;
  declarations.push(`${comment([about], path, "")}export type ${name} = {\n${inner}};\n`);
  return name;
}

function isSection(schema) {
  return schema.properties !== undefined && schema.default !== undefined;
}

/** What the schema accepts, as a type. */
function typeOf(schema, path, indent) {
  if (schema.$ref !== undefined) return jsonValue(schema.$ref, path);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map((one) => typeOf(one, path, indent)).join(" | ");
  if (schema.type === "array") {
    const { items } = schema;
    const item = items.properties === undefined ? typeOf(items, path, indent) : named(items, path, "Entry");
    const list = items.enum === undefined ? `${item}[]` : `(${item})[]`;
    return schema.prefixItems === undefined ? list : `[${item}, ...${list}]`;
  }
  if (schema.properties !== undefined) return `{\n${members(schema, `${path}.`, `${indent}  `)}${indent}}`;
  if (schema.type === "object" && schema.additionalProperties !== undefined)
    return `Record<string, ${typeOf(schema.additionalProperties, path, indent)}>`;
  if (schema.type === "integer") return "number";
  if (["string", "number", "boolean", "null"].includes(schema.type)) return schema.type;
  return fail(`${path}: no type for ${JSON.stringify(schema)}`);
}

/** zod writes one definition for each use of `z.json()`. All of them must be just that. */
function jsonValue(ref, path) {
  const self = { $ref: ref };
  const any = [
    { type: "string" },
    { type: "number" },
    { type: "boolean" },
    { type: "null" },
    { type: "array", items: self },
    { type: "object", propertyNames: { type: "string" }, additionalProperties: self },
  ];
  const definition = root.$defs[ref.slice(ref.lastIndexOf("/") + 1)];
  return isDeepStrictEqual(definition, { anyOf: any }) ? "JsonValue" : fail(`${path}: no type for ${ref}`);
}

/** What a setting means; then its type, and its default when it has one. */
function textOf(schema, path, isRequired) {
  described += 1;
  const about = schema.description ?? fail(`${path}: has no description`);
  if (isSection(schema)) return [about];
  if (schema.default !== undefined) return [about, factsOf({ path, schema })];
  // The type beside the comment says enough of an object or of a single value.
  const type = settingType(schema);
  return schema.oneOf !== undefined || schema.const !== undefined || type === "object"
    ? [about]
    : [about, `${type}.${isRequired ? " Required." : ""}`];
}

/** A comment with an empty line between its parts. */
function comment(parts, path, indent) {
  const lines = parts.flatMap((part, index) => [...(index === 0 ? [] : [""]), ...narrow(part, indent)]);
  if (lines.some((line) => line.includes("*/") || /(?:^|\s)@/.test(line)))
    fail(`${path}: a comment cannot contain this text: ${parts.join(" ")}`);
  const [only] = lines;
  if (lines.length === 1 && indent.length + only.length + 7 <= COLUMNS) return `${indent}/** ${only} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

/** Lines that fit into a comment with this indent. */
function narrow(part, indent) {
  const margin = `${indent} * `;
  return wrap(part, margin).map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
