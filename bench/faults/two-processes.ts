import { setTimeout as sleep } from "node:timers/promises";
import { leftovers } from "../chaos/victim.js";
import { type Fault, outcome } from "./fault.js";

/** A second orchestrator is started on a run directory that is in use. */
export const twoOrchestrators: Fault = {
  name: "two orchestrators",
  async run({ place: prepare, undisturbed }) {
    await using place = await prepare();
    const first = place.start(place.train());
    const begun = await place.committed(2, first);
    // The first process is paused during the start of the second, because it could otherwise finish
    // its few steps.
    if (first.pid !== undefined) process.kill(first.pid, "SIGSTOP");
    const second = await place.spice(["train", "--resume", await place.run()]);
    if (first.pid !== undefined) process.kill(first.pid, "SIGCONT");
    const { code } = await first.done;
    return outcome("a second `train --resume` on a living run", {
      "begun in time": begun,
      "second exit": second.code ?? "killed",
      says: second.error,
      "as documented": second.error === "LOCKED" && second.code === 3,
      "first undisturbed": code === 0 && (await place.equals(undisturbed)),
    });
  },
};

/** The orchestrator is killed: its trainer reads the end of its input and ends. */
export const orphan: Fault = {
  name: "orphaned trainer",
  async run({ place: prepare }) {
    await using place = await prepare();
    const victim = place.start(place.train());
    const begun = await place.committed(2, victim);
    const before = (await leftovers(place.folder)).length;
    await victim.kill("orchestrator");
    await victim.done;
    let left = before;
    for (let waited = 0; waited < 120 && left > 0; waited += 1) {
      await sleep(500);
      left = (await leftovers(place.folder)).length;
    }
    return outcome("kill -9 of the orchestrator", {
      "begun in time": begun,
      "trainers before": before,
      "none after": before === 1 && left === 0,
    });
  },
};
