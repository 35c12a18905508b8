import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { SpiceError } from "../../app/errors.js";
import type { TrainerTls } from "../../core/experiment/experiment.js";
import { errorCode } from "../files/errors.js";

/** The three PEM files of mutual TLS. They were read, and certificate and key belong together. */
export interface TlsMaterial {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Name that the server's certificate must contain; null for the host of the address. */
  readonly serverName: string | null;
  /** End of this side's certificate. */
  readonly ends: Date;
}

/**
 * Reads the files that `trainer.tls` names.
 *
 * @throws SpiceError `TRAINER_TLS_FILE`, `TRAINER_TLS_KEY_MODE`, `TRAINER_TLS_KEY` (exit 2),
 * `TRAINER_TLS_CLIENT_EXPIRED` (exit 3)
 */
export async function readTls(files: TrainerTls, now: Date): Promise<TlsMaterial> {
  const [ca, cert, key] = await Promise.all([
    readPem(files.ca, "ca"),
    readPem(files.cert, "cert"),
    readPem(files.key, "key"),
  ]);
  await requirePrivate(files.key);
  try {
    createSecureContext({ ca, cert, key });
  } catch (cause) {
    throw tlsError(
      "TRAINER_TLS_KEY",
      "trainer.tls.cert and trainer.tls.key are not a certificate and its key.",
      {
        where: `${files.cert}, ${files.key}`,
        hint: "Both must be PEM files, and the key must not be encrypted; `spice trainer certs` creates a pair.",
        exit: 2,
        cause,
      },
    );
  }
  for (const [setting, pem] of [["ca", ca] as const, ["cert", cert] as const])
    certificate(pem, files[setting]);
  const own = certificate(cert, files.cert);
  const ends = new Date(own.validTo);
  if (ends <= now || new Date(own.validFrom) > now) {
    throw tlsError(
      "TRAINER_TLS_CLIENT_EXPIRED",
      `This side's certificate is valid from ${own.validFrom} to ${own.validTo}.`,
      {
        where: files.cert,
        hint: "Create a new certificate (`spice trainer certs`), and check the clock of this machine.",
        exit: 3,
      },
    );
  }
  return { ca, cert, key, serverName: files.serverName ?? null, ends };
}

/** Days until a certificate ends, when there are 14 or fewer; null otherwise. */
export function daysLeft(ends: Date, now: Date): number | null {
  const days = Math.floor((ends.getTime() - now.getTime()) / 86_400_000);
  return days <= 14 ? days : null;
}

interface TlsErrorOptions {
  readonly where: string;
  readonly hint: string;
  readonly exit: 2 | 3;
  readonly cause?: unknown;
}

/**
 * The error for a failed encrypted connection. Exit code 2 is for files and settings, 3 for a
 * failure that the other side shows.
 */
export function tlsError(code: string, message: string, options: TlsErrorOptions): SpiceError {
  return new SpiceError(message, { ...options, code, boundary: options.exit === 2 ? "config" : "trainer" });
}

async function readPem(path: string, setting: keyof TrainerTls): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw tlsError(
      "TRAINER_TLS_FILE",
      `The file of trainer.tls.${setting} cannot be read (${errorCode(cause)}).`,
      {
        where: path,
        hint: "Paths are relative to the working directory; `spice trainer certs <dir>` creates the files.",
        exit: 2,
        cause,
      },
    );
  }
}

function certificate(pem: Buffer, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw tlsError("TRAINER_TLS_FILE", "The file contains no PEM certificate.", {
      where: path,
      hint: "It begins with -----BEGIN CERTIFICATE-----.",
      exit: 2,
      cause,
    });
  }
}

async function requirePrivate(path: string): Promise<void> {
  // Windows has no mode bits; access lists decide there.
  if (process.platform === "win32") return;
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & 0o077) === 0) return;
  throw tlsError("TRAINER_TLS_KEY_MODE", `The key can be read by others (mode ${mode.toString(8)}).`, {
    where: path,
    hint: `chmod 600 ${path}`,
    exit: 2,
  });
}
