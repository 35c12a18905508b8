import { pino } from "pino";
import type { Logger } from "../../app/ports.js";

/**
 * JSON lines in a file. The destination is synchronous: worker transports lose the last lines when the process ends, and those
 * are the ones that say why.
 */
export function fileLogger(path: string, level: "debug" | "info"): Logger {
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: path, sync: true, mkdir: true }),
  );
  return {
    debug: (message, data) => log.debug(data ?? {}, message),
    info: (message, data) => log.info(data ?? {}, message),
    warn: (message, data) => log.warn(data ?? {}, message),
    error: (message, data) => log.error(data ?? {}, message),
  };
}
