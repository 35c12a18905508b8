import { systemClock } from "../../../adapters/clock/system-clock.js";
import { EXIT, SpiceError } from "../../../app/errors.js";
import { commandOnRuns, RUN_NAME, runDirectory, runsFolder } from "../../runs/named-run.js";
import { perform } from "../../terminal/perform.js";

/** Longest name of a run, in characters. */
const LONGEST = 60;

/** `spice runs rename`: another name for a run. Its id and its folder stay. */
export const renameCommand = () =>
  commandOnRuns(
    "rename",
    "give a run another name; its id and its folder stay",
    `spice runs rename latest warm-start-32
     spice runs show warm-start-32`,
  )
    .argument("<run>", RUN_NAME)
    .argument("<name>", "the new name")
    .action((wanted, given, options) =>
      perform(options, async ({ output }) => {
        const { listRuns } = await import("../../../adapters/runs/list-runs.js");
        const { openForUpkeep } = await import("../../../adapters/runs/open-run.js");
        const name = given.trim();
        const directory = await runDirectory(wanted, options, output);
        requireName(name);
        const others = await listRuns(await runsFolder(options, output));
        const taken = others.find((one) => one.directory !== directory && [one.id, one.name].includes(name));
        if (taken !== undefined) throw isTaken(name, taken.directory);
        await using store = await openForUpkeep(directory, { clock: systemClock, weightsRoot: null });
        const from = store.info.name;
        await store.rename(name);
        output.document("spice.renamed-run/1", { run: store.id, directory, from, to: name });
        output.text(`${store.id}: ${from} → ${name}`);
        output.next(`spice runs show ${store.id}`);
        return undefined;
      }),
    );

function requireName(name: string): void {
  const isPath = /[/\\]/.test(name) || name.startsWith(".") || name.startsWith("-");
  const isPlain = !isPath && ![...name].some((one) => one < " ") && !/[:@]/.test(name);
  if (name !== "" && name !== "latest" && name.length <= LONGEST && isPlain) return;
  throw new SpiceError(`\`${name}\` cannot be the name of a run.`, {
    code: "RUN_NAME_INVALID",
    boundary: "cli",
    hint: `Give 1 to ${LONGEST} characters without / \\ : @; it may not begin with . or -, and not be \`latest\`.`,
    exit: EXIT.usage,
  });
}

function isTaken(name: string, where: string): SpiceError {
  return new SpiceError(`Another run is called \`${name}\`.`, {
    code: "RUN_NAME_TAKEN",
    boundary: "cli",
    where,
    hint: "Give another name, or rename that run first.",
    exit: EXIT.usage,
  });
}
