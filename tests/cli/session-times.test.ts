import { expect, test } from "@jest/globals";
import { type AuditedEvent, auditFacts } from "../../src/app/reports/audit-facts.js";
import { sessionTimes, timesText } from "../../src/cli/runs/conclude.js";

async function* log(...events: readonly (readonly [string, string])[]): AsyncIterable<AuditedEvent> {
  for (const [time, event] of events)
    yield event === "running"
      ? { event: "status", data: { status: "running" }, time: `2026-01-01T${time}Z` }
      : { event, data: {}, time: `2026-01-01T${time}Z` };
}

const periods = async () =>
  (
    await auditFacts(
      log(
        ["10:00:00.000", "created"],
        ["10:00:10.000", "running"],
        ["10:01:10.000", "step"],
        // The process was killed here. A second process opened the run an hour later.
        ["11:01:00.000", "opened"],
        ["11:01:05.000", "extended"],
        ["12:00:00.000", "running"],
        ["12:00:30.000", "step"],
        ["12:01:00.000", "running"],
        ["12:01:20.000", "finished"],
      ),
    )
  ).workPeriods;

test("the time of a run is the sum of its sessions, without the time in between", async () => {
  expect(sessionTimes(await periods(), "2026-01-01T11:59:00.000Z")).toEqual({
    seconds: 50,
    totalSeconds: 110,
  });
});

test("a resumed run says both times, a run of one session one time", async () => {
  expect(timesText(sessionTimes(await periods(), "2026-01-01T11:59:00.000Z"))).toBe(
    "50 s in this session, 1:50 in all",
  );
  expect(timesText(sessionTimes(await periods(), "2026-01-01T09:59:00.000Z"))).toBe("1:50");
});
