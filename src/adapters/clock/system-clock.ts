import type { Clock } from "../../app/ports.js";

/** The machine's clocks. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
};
