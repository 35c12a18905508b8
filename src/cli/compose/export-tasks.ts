import { moduleName } from "../../adapters/exports/python-package.js";
import { writeDataset } from "../../adapters/exports/write-dataset.js";
import { trainerSource } from "../../adapters/python/source.js";
import type { RunReader } from "../../adapters/runs/read-run.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { DatasetForm } from "../../app/ports/dataset.js";
import { auditFacts } from "../../app/reports/audit-facts.js";
import { datasetCard } from "../../app/reports/dataset-card.js";
import { type ExportCounts, exportTasks, type TaskExport } from "../../app/reports/export-tasks.js";
import { promptFamily } from "../../core/prompts/families.js";
import { counted } from "../../core/text/counted.js";
import { packageVersion } from "../terminal/package-version.js";

/** What `spice runs export` writes, and where. */
export interface ExportOptions
  extends Pick<TaskExport, "findSegment" | "selected" | "limit" | "withWrongGold"> {
  /** Folder that must not exist, or be empty. */
  readonly path: string;
  readonly form: DatasetForm;
  /** Name of the dataset: letters, digits and `-`. */
  readonly name: string;
}

/**
 * Writes the admitted tasks of a run with a card.
 *
 * @returns the counts, and one sentence about them
 * @throws SpiceError `NO_TASKS` (exit 4) when no task is left; other codes when a file cannot be
 * written
 */
export async function exportRun(
  run: RunReader,
  { path, form, name, ...selection }: ExportOptions,
): Promise<ExportCounts & { readonly summary: string }> {
  const { challenger, model } = run.config;
  const version = packageVersion();
  const { root } = await trainerSource();
  const { trainer } = await auditFacts(run.audit());
  const family = promptFamily(challenger.prompts, challenger.templates);
  const source = { run: run.info.id, episodes: run.episodes(), family };
  const written = await writeDataset(path, { form, name, version, sources: root }, async (write) => {
    const counts = await exportTasks({ ...source, ...selection }, write);
    if (counts.tasks === 0) throw noTasks(run.info.id);
    const card = datasetCard({
      ...{ name, form, version, counts },
      run: run.info.id,
      steps: run.steps.length,
      configDigest: run.info.configDigest,
      model: textIn(trainer["model"], "name") ?? model.id,
      snapshot: textIn(run.info.provenance["snapshot"], "id"),
      usage: usageOf(form, name),
    });
    return { counts, card };
  });
  return { ...written.counts, summary: summaryOf(written.counts) };
}

/**
 * The name of a Python distribution: small letters, digits and `-`. Other characters become `-`.
 *
 * @throws SpiceError `EXPORT_NAME` (exit 2) when no letter begins the name
 */
export function packageName(wanted: string): string {
  const name = wanted
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 80);
  if (/^[a-z]/.test(name)) return name;
  throw new SpiceError(`"${wanted}" is no name of a Python package.`, {
    code: "EXPORT_NAME",
    boundary: "cli",
    where: "--name",
    hint: "Give a name that begins with a letter, for example --name spice-tasks-birds.",
    exit: EXIT.usage,
  });
}

/** The text in a field of a record of the run; null when it is not recorded. */
function textIn(record: unknown, field: string): string | null {
  const value = (record as Readonly<Record<string, unknown>> | undefined)?.[field];
  return typeof value === "string" ? value : null;
}

function summaryOf({ tasks, repeats, wrongGold, withoutDocument }: ExportCounts): string {
  const left = [
    [repeats, "repeats"],
    [wrongGold, "with a wrong gold answer"],
    [withoutDocument, "whose document the corpus does not have"],
  ] as const;
  const parts = left.filter(([count]) => count > 0).map(([count, why]) => `${count} ${why}`);
  return `${counted(tasks, "task")}${parts.length === 0 ? "" : `; left out: ${parts.join(", ")}`}.`;
}

const noTasks = (run: string): SpiceError =>
  new SpiceError("No task is left to export.", {
    code: "NO_TASKS",
    boundary: "run",
    where: run,
    hint: `Look at the refusals with \`spice runs funnel ${run}\`, or select with fewer options.`,
    exit: EXIT.guard,
  });

/** How a form is used, for the card. */
function usageOf(form: DatasetForm, name: string): string {
  const module = moduleName(name);
  const node =
    "The package verifies answers with the rules of the run. A Node process runs the rules, so Node 20 or newer must be on the PATH.";
  switch (form) {
    case "jsonl":
      return code(
        "python",
        `from datasets import load_dataset\n\ntasks = load_dataset("json", data_files="tasks.jsonl")`,
      );
    case "parquet":
      return [
        code(
          "python",
          `import json\nimport pandas\n\ntasks = pandas.read_parquet("tasks.parquet")\ntasks["prompt"] = tasks["prompt"].map(json.loads)`,
        ),
        "The columns `options`, `policy` and `prompt` hold JSON texts.",
      ].join("\n\n");
    case "verifiers":
      return [
        node,
        code(
          "bash",
          `pip install .
vf-validate ${name} --runtime.type subprocess
vf-eval ${name} -n 20 --model <model> --client.base-url http://127.0.0.1:8000/v1 \\
  --env.agent.runtime.type subprocess --no-push`,
        ),
        "Options: `--env.taskset.min-pass-rate 0.1`, `--env.taskset.max-pass-rate 0.9`, `--env.taskset.answer-types mcq`.",
      ].join("\n\n");
    case "openenv":
      return [
        node,
        code("bash", `pip install .\npython -m ${module}.app --port 8000`),
        code(
          "python",
          `from ${module} import AnswerAction, SpiceEnv\n\nwith SpiceEnv(base_url="http://127.0.0.1:8000").sync() as env:\n    task = env.reset(index=0).observation\n    result = env.step(AnswerAction(text="..."))\n    print(result.reward, result.observation.verdict)`,
        ),
      ].join("\n\n");
  }
}

const code = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\``;
