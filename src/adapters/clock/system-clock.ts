import type { Clock } from "../../app/ports/clock.js";

/** The clocks of this machine. CPU time is the user time plus the system time of this process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  iso: () => new Date().toISOString(),
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
};
