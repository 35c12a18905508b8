import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BACKENDS } from "../../adapters/install/catalog.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import { CONFIG_FILES } from "../../config/load.js";
import { runName, type StarterFormat, starterConfig, whatFits } from "../../config/starter.js";
import { counted } from "../../core/text/counted.js";
import type { LookedAt } from "../compose/look-at-documents.js";
import { command } from "../terminal/options.js";
import { table } from "../terminal/output.js";
import { perform } from "../terminal/perform.js";
import {
  type GivenReadingOptions,
  quoted,
  READING_OPTIONS,
  readingOf,
  typedOptions,
} from "../terminal/reading-options.js";
import { interceptSignals } from "../terminal/signals.js";

/** `spice init`: a configuration to start from. */
export const initCommand = () =>
  command(
    "init",
    "write a configuration to start from",
    `spice init
     spice init my-experiment --yaml
     spice init . --documents ../my-docs  # counts facts, files and languages first
     spice init . --documents ../birds.csv --subject-field Species
     spice init try-out --trainer fake    # no language model, no GPU`,
  )
    .argument("[dir]", "folder, made when missing", ".")
    .option("--yaml", "write spice.config.yaml and its JSON schema instead of spice.config.ts")
    .option("--documents <path>", "look at these documents, and write a configuration that fits them")
    .option("--trainer <name>", `trainer of the configuration: ${BACKENDS.join(", ")}, or your own`, "torch")
    .option(...READING_OPTIONS.textField)
    .option(...READING_OPTIONS.subjectField)
    .option(...READING_OPTIONS.card)
    .action((dir, options) =>
      perform(options, async ({ output }) => {
        const folder = resolve(dir);
        const existing = CONFIG_FILES.find((name) => existsSync(join(folder, name)));
        if (existing !== undefined) throw exists(join(folder, existing));
        const { trainer, documents } = options;
        using signals = interceptSignals(output, false);
        const seen = documents === undefined ? null : await lookAt(documents, options, signals.signal);
        if (seen?.documents === 0) throw nothingThere(documents ?? "", seen);
        await mkdir(folder, { recursive: true });
        const own = !BACKENDS.some((name) => name === trainer);
        const format = options.yaml === true ? "yaml" : "ts";
        const text = starterConfig({ trainer, own }, format, seen, runName(basename(folder)));
        const configuration = await configurationFiles(format, text);
        for (const [name, content] of configuration)
          await writeFile(join(folder, name), content, { flag: "wx" });
        const files = configuration.map(([name]) => name);
        if (options.yaml !== true) files.push(...(await editorFiles(folder)));
        const written = files.map((name) => join(folder, name));
        output.document("spice.init/1", { files: written, documents: seen });
        output.text(written.join("\n"));
        if (seen !== null) output.note(foundText(documents ?? "", seen, trainer));
        const source = documents === undefined ? "./my-docs" : relative(folder, resolve(documents));
        const add = `spice corpus add ${quoted(source)}${typedOptions(options)}${onlyLanguage(seen)}`;
        const width = Math.max(32, add.length + 2);
        const first = own
          ? `${"spice doctor".padEnd(width)}# after you named your model in ${files[0]}: can it start?`
          : `${`spice trainer install ${trainer}`.padEnd(width)}# once: the Python side, in its own environment`;
        output.note(`\nNext${dir === "." ? "" : `, in ${dir}`}:
  ${first}
  ${add.padEnd(width)}# what is left out is counted and listed
  ${"spice probe".padEnd(width)}# one step without training: what to expect, what to change
  ${"spice train".padEnd(width)}# self-play`);
        return undefined;
      }),
    );

async function lookAt(
  documents: string,
  options: GivenReadingOptions & { readonly trainer: string },
  signal: AbortSignal,
): Promise<LookedAt> {
  const { lookAtDocuments } = await import("../compose/look-at-documents.js");
  return await lookAtDocuments(documents, options.trainer, readingOf(options), signal);
}

/** The configuration, and for YAML the schema that describes its settings to an editor. */
async function configurationFiles(
  format: StarterFormat,
  text: string,
): Promise<readonly (readonly [name: string, content: string])[]> {
  if (format === "ts") return [["spice.config.ts", text]];
  const { configJsonSchema } = await import("../../config/json-schema.js");
  return [
    ["spice.config.yaml", text],
    ["spice.schema.json", `${JSON.stringify(configJsonSchema(), null, 2)}\n`],
  ];
}

/** Languages with a number of their own. */
const SHOWN_LANGUAGES = 3;

/** What was found in documents, and what the configuration makes of it. */
function foundText(source: string, seen: LookedAt, trainer: string): string {
  const { files, documents, withFacts, splitKeys, skipped, languages } = seen;
  const byNumber = Object.entries(files?.read ?? {}).sort(([, a], [, b]) => b - a);
  const read = byNumber.map(([ending, count]) => `${count} ${ending}`);
  const others = files === null || files.others === 0 ? [] : [`${files.others} not read`];
  const left = Object.entries(skipped).map(([reason, count]) => `${count} ${reason}`);
  const rows = [
    ...(files === null ? [] : [["files", [...read, ...others].join(", ")]]),
    ["documents", `${documents}, ${withFacts} with structured facts, ${counted(splitKeys, "split key")}`],
    ...(left.length === 0 ? [] : [["left out", left.join(", ")]]),
    ["languages", languagesText(languages)],
    ["fits", whatFits(trainer, seen)],
  ];
  const first = seen.firstLeftOut;
  const example = first === null ? [] : [`The first left out: ${first.where}: ${first.detail}`];
  const notes = [...seen.notes, ...example].map((note) => `\n  ${note}`).join("");
  return `\nFound in ${source}:\n${table(rows).replaceAll(/^/gm, "  ")}${notes}`;
}

/** Other languages with a larger share of the documents are left out. */
const FEW = 0.02;

/** The option that leaves out documents in other languages, when they are more than a few. */
function onlyLanguage(seen: LookedAt | null): string {
  if (seen === null || seen.language === UNKNOWN) return "";
  const main = (tag: string) => tag.split("-")[0];
  const others = Object.entries(seen.languages).filter(
    ([one]) => one !== UNKNOWN && main(one) !== main(seen.language),
  );
  const count = others.reduce((sum, [, documents]) => sum + documents, 0);
  return count > FEW * seen.documents ? ` --only-language ${seen.language}` : "";
}

/** The language of cards and of short texts. */
const UNKNOWN = "unknown";

/** The most frequent languages, and the rest together: `1397 en, 411 unknown, 20 others`. */
function languagesText(languages: LookedAt["languages"]): string {
  const all = Object.entries(languages).map(([language, count]) => ({ language, count }));
  const others = all.slice(SHOWN_LANGUAGES).reduce((sum, { count }) => sum + count, 0);
  const shown = all.slice(0, SHOWN_LANGUAGES).map(({ language, count }) => `${count} ${language}`);
  return [...shown, ...(others === 0 ? [] : [`${others} others`])].join(", ");
}

/**
 * package.json and tsconfig.json, with which an editor finds the types and descriptions of all
 * settings. A file that exists is kept.
 *
 * @returns names of the written files
 */
async function editorFiles(folder: string): Promise<readonly string[]> {
  const types = fileURLToPath(new URL("../../", import.meta.url));
  const compilerOptions = {
    target: "ES2023",
    module: "nodenext",
    lib: ["es2023", "dom", "esnext.disposable"],
    // The types of Node.js, when the user installs them for modules and tests of their own.
    types: ["*"],
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    paths: {
      "spice-orchestrator": [join(types, "index.d.ts")],
      "spice-orchestrator/*": [join(types, "*.d.ts")],
    },
  };
  const files = [
    ["package.json", { private: true, type: "module" }],
    ["tsconfig.json", { compilerOptions, include: ["**/*.ts"] }],
  ] as const;
  const missing = files.filter(([name]) => !existsSync(join(folder, name)));
  for (const [name, content] of missing)
    await writeFile(join(folder, name), `${JSON.stringify(content, null, 2)}\n`, { flag: "wx" });
  return missing.map(([name]) => name);
}

function nothingThere(path: string, { leftOut, firstLeftOut }: LookedAt): SpiceError {
  const advice = "`spice init` without --documents writes a configuration for prose.";
  return new SpiceError(
    `There is no document that can be read${leftOut === 0 ? "" : `; ${counted(leftOut, "item")} left out`}.`,
    {
      code: "CORPUS_EMPTY",
      boundary: "corpus",
      where: path,
      hint:
        firstLeftOut === null
          ? `Check the path: there is no file in it, or each file is hidden. ${advice}`
          : `The first left out: ${firstLeftOut.where}: ${firstLeftOut.detail} ${advice}`,
      exit: EXIT.usage,
    },
  );
}

function exists(path: string): SpiceError {
  return new SpiceError("There is a configuration already.", {
    code: "CONFIG_EXISTS",
    boundary: "cli",
    where: path,
    hint: "Edit it, delete it, or give another folder: `spice init <dir>`.",
    exit: EXIT.usage,
  });
}
