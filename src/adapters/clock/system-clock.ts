import type { Clock } from "../../app/ports/clock.js";

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => performance.now(),
  iso: () => new Date().toISOString(),
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
};
