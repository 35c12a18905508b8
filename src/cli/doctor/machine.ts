import { createServer } from "node:net";
import { formatBytes, freeBytes } from "../../adapters/install/disk.js";
import { proxyVariables } from "../../adapters/install/failures.js";
import { spiceHome } from "../../adapters/python/home.js";
import { type Check, type DoctorDeps, fail, ok, warn } from "./check.js";

const OLDEST_NODE = [20, 19] as const;
/** Enough for a run with checkpoints of a small model. */
const LOW_BYTES = 2 * 1024 ** 3;

/** Node.js is new enough. */
export async function checkNode(): Promise<Check> {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [needMajor, needMinor] = OLDEST_NODE;
  if (major > needMajor || (major === needMajor && minor >= needMinor))
    return ok("node", `Node.js ${process.versions.node}`);
  return fail(
    "node",
    `Node.js ${process.versions.node}`,
    `Install Node.js ${OLDEST_NODE.join(".")} or newer.`,
  );
}

/**
 * The native part of ZeroMQ loads, and a message arrives over loopback. Releases with wrong
 * prebuilt files exist.
 */
export async function checkZeromq(): Promise<Check> {
  try {
    const { Pull, Push, version } = await import("zeromq");
    const pull = new Pull({ linger: 0, receiveTimeout: 2000 });
    const push = new Push({ linger: 0, sendTimeout: 2000 });
    try {
      await pull.bind("tcp://127.0.0.1:*");
      push.connect(pull.lastEndpoint ?? "");
      await push.send("hello");
      await pull.receive();
      return ok("zeromq", `libzmq ${version}`);
    } finally {
      push.close();
      pull.close();
    }
  } catch (error) {
    return fail(
      "zeromq",
      `does not work: ${(error as Error).message}`,
      "Run `npm ci` again on this machine; zeromq ships a build per platform.",
    );
  }
}

/** A loopback port can be opened: the trainer listens on one. */
export async function checkPort(): Promise<Check> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return ok("port", "loopback ports can be opened");
  } catch (error) {
    return fail(
      "port",
      `127.0.0.1 refuses to listen: ${(error as Error).message}`,
      "Check the sandbox or firewall of this machine.",
    );
  } finally {
    server.close();
  }
}

/** Proxy variables break gRPC over loopback in many programs. This program ignores them there. */
export async function checkProxy({ environment }: DoctorDeps): Promise<Check> {
  const set = proxyVariables(environment);
  if (set.length === 0) return ok("proxy", "no proxy variables are set");
  return ok(
    "proxy",
    `${set.join(", ")} set: used to install packages and models, ignored between this program and the trainer`,
  );
}

/** Room for environments and models, and for runs. */
export async function checkDisk({ environment, folder }: DoctorDeps): Promise<Check> {
  const home = spiceHome(environment);
  const [atHome, atRuns] = await Promise.all([freeBytes(home), freeBytes(folder)]);
  const detail = `${formatBytes(atHome)} free for environments and models (${home}), ${formatBytes(atRuns)} for runs`;
  if (Math.min(atHome, atRuns) >= LOW_BYTES) return ok("disk", detail);
  return warn(
    "disk",
    detail,
    "Checkpoints may not fit: free some space, or set SPICE_HOME and the run folder to a larger disk.",
  );
}
