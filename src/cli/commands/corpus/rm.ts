import { EXIT, SpiceError } from "../../../app/errors.js";
import { counted } from "../../../core/text/counted.js";
import { configure, configuredCommand } from "../../terminal/options.js";
import { perform } from "../../terminal/perform.js";

/** `spice corpus rm`: remove a snapshot, or publish a snapshot without a source. */
export const rmCommand = () =>
  configuredCommand(
    "rm",
    "remove a snapshot, or a source from the latest snapshot",
    `spice corpus rm 3fa4c1d2
     spice corpus rm ./my-docs`,
  )
    .argument("<snapshot|source>", "id of a snapshot, its beginning or `latest`; or a source as it was added")
    .option("--force", "remove a snapshot that runs need to go on and to be replayed")
    .action((name, options) =>
      perform(options, async ({ output }) => {
        const { removeSnapshot, removeSource, snapshotNamed } = await import(
          "../../../adapters/corpus-store/housekeeping.js"
        );
        const { sourceNames } = await import("../../../adapters/sources/open-source.js");
        const { snapshotUsers } = await import("../../runs/snapshot-users.js");
        const { experiment } = await configure(options, output);
        const { store } = experiment.corpus;
        const id = await snapshotNamed(store, name);
        if (id === null) {
          const { uri, formerUris } = await sourceNames(name);
          const snapshot = await removeSource(store, [uri, ...formerUris, name]);
          output.document("spice.corpus-rm/1", { source: uri, snapshot });
          output.text(
            `${uri} is not in the latest snapshot any more; ${counted(snapshot.documents, "document")} left.`,
          );
          output.note(`snapshot ${snapshot.id}; earlier snapshots still contain the source`);
          output.next("spice corpus list");
          return undefined;
        }
        const runs = (await snapshotUsers(experiment.run.dir)).get(id) ?? [];
        if (runs.length > 0 && options.force !== true) throw inUse(id, runs);
        const removed = await removeSnapshot(store, id);
        output.document("spice.corpus-rm/1", removed);
        output.text(
          `Snapshot ${id.slice(0, 12)} is removed, with ${mebibytes(removed.bytes)} MiB of documents.`,
        );
        output.note(removed.latest === null ? "The corpus is empty." : `The latest is ${removed.latest}.`);
        return undefined;
      }),
    );

function mebibytes(bytes: number): string {
  return (bytes / (1 << 20)).toFixed(1);
}

function inUse(id: string, runs: readonly string[]): SpiceError {
  const more = runs.length > 3 ? ` and ${runs.length - 3} more` : "";
  return new SpiceError(`Runs play the snapshot: ${runs.slice(0, 3).join(", ")}${more}.`, {
    code: "CORPUS_IN_USE",
    boundary: "corpus",
    where: id,
    hint: "Without it they cannot go on, and their documents cannot be shown. --force removes it all the same.",
    exit: EXIT.usage,
  });
}
