import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Fault, outcome } from "./fault.js";

const DAY = 86_400;

/**
 * Changes the wall clock of a Python process by the content of a file. Python imports a module of
 * this name by itself.
 */
const PYTHON = `import os, time
_real, _file = time.time, os.environ["CLOCK_FILE"]
def _moved():
    with open(_file) as file: return _real() + float(file.read() or 0)
time.time = _moved
time.time_ns = lambda: int(_moved() * 1e9)
`;

/** The same for a Node process, loaded before its program. */
const NODE = `import { readFileSync } from "node:fs";
const real = Date.now;
const moved = () => real() + 1000 * Number(readFileSync(process.env.CLOCK_FILE, "utf8") || 0);
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) { super(...(args.length === 0 ? [moved()] : args)); }
  static now() { return moved(); }
};
`;

/**
 * The wall clock of both processes jumps a day ahead and two days back during the run. Neither
 * `date` of the root user (it changes the whole machine) nor a time namespace (it has no wall
 * clock) can do it. Hooks in the two runtimes change the time that programs read.
 */
export const clockJump: Fault = {
  name: "clock jump",
  async run({ place: prepare, python, undisturbed }) {
    await using place = await prepare();
    const hooks = join(place.folder, "hooks");
    await mkdir(hooks);
    const clock = join(hooks, "clock");
    await writeFile(clock, "0");
    await writeFile(join(hooks, "sitecustomize.py"), PYTHON);
    await writeFile(join(hooks, "clock.mjs"), NODE);
    // The module path of the sidecar is fixed by the trainer, so a wrapper puts the hook in front
    // of it.
    const wrapper = join(hooks, "python");
    await writeFile(wrapper, `#!/bin/sh\nPYTHONPATH="${hooks}:$PYTHONPATH" exec "${python}" "$@"\n`, {
      mode: 0o755,
    });
    const victim = place.start(place.train(), {
      SPICE_TRAINER_PYTHON: wrapper,
      CLOCK_FILE: clock,
      NODE_OPTIONS: `--import=${pathToFileURL(join(hooks, "clock.mjs")).href}`,
    });
    const first = await place.committed(3, victim);
    await writeFile(clock, String(DAY));
    const second = await place.committed(6, victim);
    await writeFile(clock, String(-DAY));
    const { code, stderr } = await victim.done;
    return outcome("wall clocks of both processes +1 day after step 3, -2 days after step 6", {
      "moved in time": first && second,
      "exit 0": code === 0,
      "no lease lost": !/LEASE|EPOCH|starting the trainer again/i.test(stderr),
      "same run": code === 0 && (await place.equals(undisturbed)),
    });
  },
};
