import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Fault, outcome } from "./fault.js";

const PASSWORD = "swordfish-0123";
const NAMES = ["http_proxy", "https_proxy", "all_proxy", "grpc_proxy"];

/**
 * Every proxy variable has a closed port and a password: connections to loopback use no proxy, and
 * no file contains the password.
 */
export const proxyVariables: Fault = {
  name: "proxy variables",
  async run({ place: prepare, undisturbed }) {
    await using place = await prepare();
    const proxy = `http://user:${PASSWORD}@127.0.0.1:9`;
    const variables = NAMES.flatMap((name) => [
      [name, proxy],
      [name.toUpperCase(), proxy],
    ]);
    const { code, stderr } = await place.spice(place.train(), Object.fromEntries(variables));
    const files = (await readdir(place.folder, { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    );
    const texts = await Promise.all(files.map((one) => readFile(join(one.parentPath, one.name), "latin1")));
    return outcome("eight proxy variables that lead nowhere", {
      "exit 0": code === 0,
      "same run": code === 0 && (await place.equals(undisturbed)),
      "files searched": files.length,
      "password nowhere": !stderr.includes(PASSWORD) && !texts.some((one) => one.includes(PASSWORD)),
    });
  },
};
