// Completes package-lock.json after `npm install`: npm leaves out optional packages of other
// platforms when the registry at hand does not serve them, and `npm ci` then refuses the lock on
// every machine. Adds them by name, version and platform (npm skips what is for another platform,
// so nothing is fetched), and drops download addresses. Run: node scripts/complete-lock.mjs
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
let added = 0;
for (const [path, entry] of Object.entries({ ...lock.packages })) {
  delete entry.resolved;
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const top = `node_modules/${name}`;
    if (lock.packages[top] || lock.packages[`${path}/${top}`]) continue;
    lock.packages[top] = { version: range.replace(/^\D*/, ""), ...platform(name), optional: true };
    if (entry.dev) lock.packages[top].dev = true;
    added += 1;
  }
}
const order = Object.keys(lock.packages).sort((a, b) => a.localeCompare(b, "en"));
lock.packages = Object.fromEntries(order.map((path) => [path, lock.packages[path]]));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} entries added`);

/** Platform fields from the naming habit `<package>-<os>-<cpu>[-<libc>]`. */
function platform(name) {
  const os = /android|darwin|freebsd|linux|openharmony|win32/.exec(name)?.[0];
  const cpu = /arm64|armv7|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|wasm32|x64/.exec(name)?.[0];
  const libc = /musl/.test(name) ? "musl" : /gnu/.test(name) ? "glibc" : undefined;
  return {
    ...(os && { os: [os] }),
    ...(cpu && { cpu: [cpu === "armv7" ? "arm" : cpu] }),
    ...(libc && os === "linux" && { libc: [libc] }),
  };
}
