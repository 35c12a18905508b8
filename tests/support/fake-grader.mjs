// A grading process without math-verify. The text of the answer selects its behavior. It uses the
// protocol of trainer-py/spice_grader.
import { createInterface } from "node:readline";

const [mode = "ready", pidFile] = process.argv.slice(2);
if (pidFile) await import("node:fs").then((fs) => fs.appendFileSync(pidFile, `${process.pid}\n`));
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

if (mode === "crash-at-start") {
  process.stderr.write("ModuleNotFoundError: no math_verify here\n");
  process.exit(1);
}
if (mode !== "silent") say({ ready: true, version: "0" });

for await (const line of createInterface({ input: process.stdin })) {
  const { id, gold, answer } = JSON.parse(line);
  const [order, argument] = answer.split(" ");
  if (order === "hang") {
    // Like a tower of exponents: nothing but a kill gets through.
    while (Date.now() > 0);
  }
  if (order === "die") process.kill(process.pid, "SIGKILL");
  if (order === "garbage") process.stdout.write("Traceback (most recent call last)\n");
  else if (order === "oversized") process.stdout.write("x".repeat(100_000));
  else if (order === "stranger") say({ id: id + 1, verdict: "correct", detail: "" });
  else if (order === "chatty") {
    // One write, so that the reader finds both lines at once.
    const both = [id, id + 1].map((one) => JSON.stringify({ id: one, verdict: "correct", detail: "" }));
    process.stdout.write(`${both.join("\n")}\n`);
  } else if (order === "wait") {
    await new Promise((done) => setTimeout(done, Number(argument)));
    say({ id, verdict: "correct", detail: String(process.pid) });
  } else if (order === "memory") {
    say({ id, verdict: "error", detail: "out of memory", ends: true });
    process.exit(2);
  } else if (order === "error") say({ id, verdict: "error", detail: "TypeError" });
  else say({ id, verdict: gold === answer ? "correct" : "wrong", detail: String(process.pid) });
}
