import { configure, configuredCommand } from "../../terminal/options.js";
import { table } from "../../terminal/output.js";
import { perform } from "../../terminal/perform.js";

/** `spice corpus list`: the snapshots of the store, newest first, and the runs that play them. */
export const listCommand = () =>
  configuredCommand(
    "list",
    "snapshots of the corpus, newest first",
    `spice corpus list
     spice corpus list -s corpus.store=other`,
  ).action((options) =>
    perform(options, async ({ output }) => {
      const { listSnapshots } = await import("../../../adapters/corpus-store/housekeeping.js");
      const { snapshotUsers } = await import("../../runs/snapshot-users.js");
      const { experiment } = await configure(options, output);
      const { store } = experiment.corpus;
      const users = await snapshotUsers(experiment.run.dir);
      const snapshots = (await listSnapshots(store)).map((one) => ({
        ...one,
        runs: users.get(one.id) ?? [],
      }));
      output.document("spice.corpus-list/1", { store, snapshots });
      if (snapshots.length === 0) output.note(`There is no corpus in ${store}.`);
      else
        output.text(
          table(
            snapshots.map((one) => [
              one.id.slice(0, 12),
              one.publishedAt.slice(0, 16).replace("T", " "),
              String(one.documents),
              String(one.segments),
              String(one.tokens),
              String(one.runs.length),
              `${one.isLatest ? "(latest) " : ""}${one.sources.join(", ")}`,
            ]),
            ["snapshot", "published (UTC)", "documents", "segments", "tokens", "runs", "sources"],
          ),
        );
      output.next(snapshots.length === 0 ? "spice corpus add ./my-docs" : "spice corpus stats");
      return undefined;
    }),
  );
