import { EXIT, SpiceError } from "../../app/errors.js";
import type { Environment } from "../python/run-command.js";

const PROXY_VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"];

/**
 * Names of the proxy variables that are set. Their values may contain passwords and are not shown.
 */
export function proxyVariables(environment: Environment): string[] {
  return PROXY_VARIABLES.filter((name) => environment[name]);
}

const UNREACHABLE =
  "Check the network. Behind a proxy set HTTPS_PROXY; with a mirror set UV_INDEX_URL and PIP_INDEX_URL; offline set " +
  "UV_FIND_LINKS and PIP_FIND_LINKS to a folder of wheels. Then run the same command again; it continues where it stopped.";

/** Causes of a failure by patterns in the last lines of an installer, most specific first. */
const CAUSES: readonly { readonly pattern: RegExp; readonly code: string; readonly hint: string }[] = [
  {
    pattern: /no space left|disk quota|os error 28/i,
    code: "DISK_FULL",
    hint: "Free some space, or point SPICE_HOME at a larger disk; then run the same command again; it continues where it stopped.",
  },
  {
    pattern: /hash mismatch|do not match the hashes|hashes are required/i,
    code: "PACKAGE_HASH_MISMATCH",
    hint: "The files of the package index differ from the locked files. Use an index that mirrors the original files.",
  },
  {
    // pip found no version at all. It reached no index, and its connection errors were only
    // warnings.
    pattern: /from versions: none/,
    code: "PACKAGES_UNREACHABLE",
    hint: UNREACHABLE,
  },
  {
    pattern:
      /no matching distribution|no wheels? with a matching|no solution found|not supported on this platform|requires-python/i,
    code: "NO_WHEEL",
    hint: "A locked package has no build for this platform and Python. Try another Python through SPICE_PYTHON.",
  },
  {
    pattern: /proxy|tunnel/i,
    code: "PACKAGES_UNREACHABLE",
    hint: "The proxy refused the connection or was not reached: check HTTPS_PROXY and NO_PROXY.",
  },
  {
    pattern: /connect|timed? ?out|resolv|dns|network|fetch|retries|certificate|tls|ssl/i,
    code: "PACKAGES_UNREACHABLE",
    hint: UNREACHABLE,
  },
];

/** True when another installer, which reads other settings, may succeed. */
export function isNetworkFailure(stderr: string): boolean {
  return classify(stderr)?.code === "PACKAGES_UNREACHABLE";
}

/**
 * The error for a failed install step, with the last lines of the installer and a hint for the
 * cause.
 */
export function installFailure(step: string, stderr: string, environment: Environment): SpiceError {
  const cause = classify(stderr);
  const proxies = proxyVariables(environment);
  const proxyNote =
    cause?.code === "PACKAGES_UNREACHABLE" && proxies.length > 0 ? ` (Set now: ${proxies.join(", ")}.)` : "";
  const lastLines = stderr.trim().split("\n").slice(-8).join("\n  ");
  return new SpiceError(`${step} failed:\n  ${lastLines}`, {
    code: cause?.code ?? "INSTALL_FAILED",
    boundary: "install",
    hint:
      (cause?.hint ??
        "Solve the problem in the lines above, then run the same command again; it continues where it stopped.") +
      proxyNote,
    exit: EXIT.environment,
  });
}

function classify(stderr: string): (typeof CAUSES)[number] | undefined {
  return CAUSES.find(({ pattern }) => pattern.test(stderr));
}
