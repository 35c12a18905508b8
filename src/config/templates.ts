import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SpiceError } from "../app/errors.js";
import {
  type ChallengerConfig,
  PROMPT_FAMILIES,
  type PromptTemplates,
} from "../core/experiment/experiment.js";
import { PROMPTS, type PromptName } from "../core/prompts/slots.js";
import { canonicalJson } from "./digest.js";
import { isTree, type Merged } from "./layers.js";
import { suggest } from "./suggest.js";

const ENDING = ".txt";

/**
 * Replaces the folder in `challenger.templates` by its templates. So config.json of a run has the
 * texts, and a resumed run has the same prompts.
 *
 * @param root working directory
 * @throws SpiceError `PROMPT_TEMPLATE`, `PROMPT_FOLDER` (exit 2)
 */
export async function withTemplates({ values, origins }: Merged, root: string): Promise<Merged> {
  const { challenger } = values;
  if (!isTree(challenger) || typeof challenger["templates"] !== "string") return { values, origins };
  // An unknown name is refused later, by the schema.
  const family = PROMPT_FAMILIES.find((name) => name === challenger["prompts"]) ?? "paper";
  const focus = challenger["focus"] === "passage" ? "passage" : "document";
  const templates = await readTemplates(challenger["templates"], { prompts: family, focus }, root);
  return { values: { ...values, challenger: { ...challenger, templates } }, origins };
}

/**
 * Reads the templates of a folder: one file for each prompt, `<name>.txt`. Prompts without a file
 * have the wording of the family. Files with another ending are not read.
 *
 * @param root working directory. Default: that of the process
 * @throws SpiceError `PROMPT_TEMPLATE`, `PROMPT_FOLDER` (exit 2)
 */
export async function readTemplates(
  folder: string,
  challenger: Pick<ChallengerConfig, "prompts" | "focus">,
  root = ".",
): Promise<PromptTemplates> {
  // Most configurations have no templates, and every command reads a configuration.
  const { familyParts } = await import("../core/prompts/families.js");
  const { slotsOf } = await import("../core/prompts/from-templates.js");
  const { parseTemplate } = await import("../core/prompts/template.js");
  const parts = familyParts(challenger.prompts);
  const names = Object.keys(PROMPTS).filter(
    (name) => name !== "format" || parts.templates.format !== undefined,
  );
  const files = await readdir(resolve(root, folder)).catch((error: unknown) => {
    throw noTemplates("The folder of the templates cannot be read.", folder, names, error);
  });
  const texts: Record<string, string> = {};
  for (const file of files.filter((one) => one.endsWith(ENDING)).sort()) {
    const path = join(folder, file);
    const name = file.slice(0, -ENDING.length);
    if (!names.includes(name)) throw unknownPrompt(path, name, names);
    const known = name as PromptName;
    // An editor ends the last line of a file. That line break is not part of the prompt.
    const text = (await readFile(resolve(root, path), "utf8")).replaceAll("\r\n", "\n").replace(/\n$/, "");
    const isPassage = challenger.focus === "passage" && name.startsWith("challenger-");
    const required = [...PROMPTS[known].required, ...(isPassage ? ["passage"] : [])];
    const parsed = parseTemplate(text, slotsOf(parts, known), required);
    if (!parsed.ok) throw wrongTemplate(path, parsed.line, parsed.text);
    texts[name] = text;
  }
  if (Object.keys(texts).length === 0) throw noTemplates("The folder has no template.", folder, names, null);
  const sha256 = createHash("sha256").update(canonicalJson(texts)).digest("hex");
  return { folder, sha256, texts };
}

function wrongTemplate(path: string, line: number, text: string): SpiceError {
  return new SpiceError(`A template is wrong: ${text}`, {
    code: "PROMPT_TEMPLATE",
    boundary: "config",
    where: `${path}:${line}`,
    hint: "docs/own-code.md has the slots of each prompt.",
    exit: 2,
  });
}

function unknownPrompt(path: string, name: string, names: readonly string[]): SpiceError {
  const [near] = suggest(name, names);
  return new SpiceError(
    `No prompt has the name of this file${near === undefined ? "" : ` (did you mean ${near}${ENDING}?)`}.`,
    {
      code: "PROMPT_TEMPLATE",
      boundary: "config",
      where: path,
      hint: `The names are ${names.map((one) => one + ENDING).join(", ")}. Files with another ending are not read.`,
      exit: 2,
    },
  );
}

function noTemplates(message: string, where: string, names: readonly string[], cause: unknown): SpiceError {
  return new SpiceError(message, {
    code: "PROMPT_FOLDER",
    boundary: "config",
    where,
    hint: `Put templates into it, for example ${names[1]}${ENDING}, or remove challenger.templates.`,
    exit: 2,
    ...(cause === null ? {} : { cause }),
  });
}
