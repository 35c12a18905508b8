/** A record of the audit log. `time` is UTC, ISO 8601. */
export interface AuditedEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly time?: string;
}

/** A change of the number of steps of a run. */
export interface Extension {
  readonly from: number;
  readonly to: number;
  /** Last committed step at that time. */
  readonly committed: number;
}

/** A change of the user's code of a run. */
export interface CodeChange {
  /** Last step that was played with the code before. */
  readonly committed: number;
  /** Paths of the files that are not as before. */
  readonly files: readonly string[];
  /** The records of all modules, as JSON. */
  readonly modules: unknown;
}

/** A time in which a process worked on a run: from the connected trainer to the last event. */
export interface WorkPeriod {
  /** UTC, ISO 8601. */
  readonly beganAt: string;
  readonly seconds: number;
}

/** What the audit log of a run says for people. */
export interface AuditFacts {
  /** Facts that the trainer of the last attempt reported; empty when no trainer was connected. */
  readonly trainer: Readonly<Record<string, unknown>>;
  /** Summary of the warm start; null without one. */
  readonly warmup: Readonly<Record<string, unknown>> | null;
  /** Seconds of the last warm start, its checkpoint included; null without one. */
  readonly warmupSeconds: number | null;
  /** Digest of the weights that step 1 plays with; empty before they are recorded. */
  readonly startDigest: string;
  /** Changes of the number of steps, oldest first. */
  readonly extensions: readonly Extension[];
  /** Changes of the user's code, oldest first. */
  readonly codeChanges: readonly CodeChange[];
  /** Oldest first: one for each start of the run, each resume and each restart of the trainer. */
  readonly workPeriods: readonly WorkPeriod[];
}

/** Reads the facts of an audit log. */
export async function auditFacts(events: AsyncIterable<AuditedEvent>): Promise<AuditFacts> {
  const extensions: Extension[] = [];
  const codeChanges: CodeChange[] = [];
  const workPeriods: WorkPeriod[] = [];
  let trainer: AuditFacts["trainer"] = {};
  let warmup: AuditFacts["warmup"] = null;
  let warmupSeconds: number | null = null;
  let startDigest = "";
  let before: string | undefined;
  let working = false;
  for await (const { event, data, time } of events) {
    if (event === "trainer") trainer = data;
    if (event === "start") startDigest = String(data["policyDigest"] ?? "");
    if (event === "warmup") {
      warmup = data;
      // The event before is the start of the attempt.
      warmupSeconds = secondsBetween(before, time);
    }
    if (event === "extended") {
      const { from, to, committed } = data;
      extensions.push({ from: Number(from), to: Number(to), committed: Number(committed) });
    }
    if (event === "code_changed") {
      const files = Array.isArray(data["files"]) ? (data["files"] as readonly { path?: unknown }[]) : [];
      codeChanges.push({
        committed: Number(data["committed"]),
        files: files.map(({ path }) => String(path)),
        modules: data["modules"],
      });
    }
    const begins = event === "status" && data["status"] === "running";
    // A process that opens the run works on it when it has a trainer.
    if (event === "opened" || begins) working = begins;
    if (begins && time !== undefined) workPeriods.push({ beganAt: time, seconds: 0 });
    if (working && time !== undefined) extendLast(workPeriods, time);
    before = time;
  }
  return { trainer, warmup, warmupSeconds, startDigest, extensions, codeChanges, workPeriods };
}

/** Lets the newest period end at a time. */
function extendLast(periods: WorkPeriod[], time: string): void {
  const last = periods.pop();
  if (last === undefined) return;
  periods.push({ ...last, seconds: secondsBetween(last.beganAt, time) ?? last.seconds });
}

function secondsBetween(from: string | undefined, to: string | undefined): number | null {
  // biome-ignore lint/style/noRestrictedGlobals: it parses recorded times and reads no clock
  const [begin, end] = [from, to].map((time) => Date.parse(time ?? ""));
  const seconds = ((end ?? Number.NaN) - (begin ?? Number.NaN)) / 1000;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
