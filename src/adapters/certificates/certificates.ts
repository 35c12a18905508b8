import { mkdir, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";
import { errorCode, fileError } from "../files/errors.js";
import { type Environment, runCommand } from "../python/run-command.js";

/** Paths of the files. All are PEM files; keys have mode 0600. */
export interface Certificates {
  readonly ca: string;
  readonly caKey: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

/** Options of `makeCertificates`. */
export interface CertificateOptions {
  /** The folder is created; it must not exist. */
  readonly folder: string;
  /** Host names and IP addresses of the trainer. `localhost` and `127.0.0.1` are always added. */
  readonly names: readonly string[];
  /**
   * Days from now for which the two certificates are valid, 1 to 3650. The authority is valid for
   * ten years.
   */
  readonly days: number;
  readonly environment: Environment;
}

const P256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
const NAME = /^[A-Za-z0-9.:*-]{1,253}$/;

/**
 * Creates a private authority, and a certificate for each side of mutual TLS. The `openssl` program
 * creates them, because Node can read X.509 certificates but cannot write them.
 *
 * @throws SpiceError `OPENSSL_MISSING`, `OPENSSL_FAILED` (exit 3), `CERTS_EXIST`, `CERTS_NAME`,
 * `CERTS_DAYS` (exit 2)
 */
export async function makeCertificates(options: CertificateOptions): Promise<Certificates> {
  const { folder, names, days, environment } = options;
  const wrong = names.find((name) => !NAME.test(name));
  if (wrong !== undefined) throw usage("CERTS_NAME", `\`${wrong}\` is not a host name or an IP address.`);
  if (!Number.isInteger(days) || days < 1 || days > 3650)
    throw usage("CERTS_DAYS", `${days} is not a number of days from 1 to 3650.`);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) === "EEXIST") throw usage("CERTS_EXIST", `The folder ${folder} exists already.`);
    throw fileError(error, "making the certificates' folder", folder, "cli");
  }
  const openssl = async (...args: readonly string[]): Promise<void> => {
    const { status, stderr } = await runCommand(["openssl", ...args], { environment, cwd: folder });
    if (status !== 0) throw failed(status, stderr);
  };
  const sign = async (who: string, extensions: readonly string[]): Promise<void> => {
    await openssl("req", ...P256, "-subj", `/CN=spice ${who}`, "-keyout", `${who}.key`, "-out", `${who}.csr`);
    await writeFile(join(folder, `${who}.ext`), extensions.join("\n"));
    await openssl(
      ...["x509", "-req", "-in", `${who}.csr`, "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"],
      ...["-days", String(days), "-extfile", `${who}.ext`, "-out", `${who}.crt`],
    );
    for (const part of [`${who}.csr`, `${who}.ext`]) await rm(join(folder, part));
  };
  try {
    await openssl(
      ...["req", "-x509", ...P256, "-days", "3650", "-subj", "/CN=spice private authority"],
      ...["-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", "ca.key", "-out", "ca.crt"],
    );
    const hosts = ["localhost", "127.0.0.1", ...names];
    const alternatives = hosts.map((host) => `${isIP(host) === 0 ? "DNS" : "IP"}:${host}`);
    await sign("server", [`subjectAltName=${alternatives.join(",")}`, "extendedKeyUsage=serverAuth"]);
    await sign("client", ["extendedKeyUsage=clientAuth"]);
    await rm(join(folder, "ca.srl"), { force: true });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  const path = (name: string) => join(folder, name);
  return {
    ca: path("ca.crt"),
    caKey: path("ca.key"),
    serverCert: path("server.crt"),
    serverKey: path("server.key"),
    clientCert: path("client.crt"),
    clientKey: path("client.key"),
  };
}

function failed(status: number | null, stderr: string): SpiceError {
  const missing = status === null && stderr.includes("ENOENT");
  return new SpiceError(
    missing
      ? "There is no `openssl` program here."
      : `openssl failed:\n  ${stderr.trim().replaceAll("\n", "\n  ")}`,
    {
      code: missing ? "OPENSSL_MISSING" : "OPENSSL_FAILED",
      boundary: "install",
      hint: missing
        ? "Install it (Debian: apt-get install openssl), or create the certificates on another machine: docs/security.md lists the commands."
        : "OpenSSL 3 is needed; docs/security.md lists the commands.",
      exit: EXIT.environment,
    },
  );
}

function usage(code: string, message: string): SpiceError {
  return new SpiceError(message, {
    code,
    boundary: "cli",
    hint: "Name a folder that does not exist yet, host names or addresses, and 1 to 3650 days.",
    exit: EXIT.usage,
  });
}
