import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { SpiceError } from "../../app/errors.js";
import type { TrainerTls } from "../../core/experiment/experiment.js";
import { errorCode } from "../files/errors.js";

/** The three PEM files of mutual TLS, read and found to belong together. */
export interface TlsMaterial {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Name that the server's certificate must hold; null: the host of the address. */
  readonly serverName: string | null;
  /** When our own certificate ends. */
  readonly ends: Date;
}

/**
 * Read what `trainer.tls` names.
 *
 * @throws SpiceError `TRAINER_TLS_FILE`, `TRAINER_TLS_KEY_MODE`, `TRAINER_TLS_KEY` (exit 2), `TRAINER_TLS_CLIENT_EXPIRED` (exit 3)
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
      "trainer.tls.cert and trainer.tls.key are no certificate and its key.",
      {
        where: `${files.cert}, ${files.key}`,
        hint: "Both are PEM, and the key is not encrypted; `spice trainer certs` makes a pair.",
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
        hint: "Make a new one (`spice trainer certs`), and check this machine's clock.",
        exit: 3,
      },
    );
  }
  return { ca, cert, key, serverName: files.serverName ?? null, ends };
}

/** Days until a certificate ends, when these are 14 or fewer; null otherwise. */
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

/** A failure of the encrypted connection; 2 for files and settings, 3 for what the other side showed. */
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
        hint: "Paths are relative to the working directory; `spice trainer certs <dir>` makes the files.",
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
    throw tlsError("TRAINER_TLS_FILE", "The file holds no PEM certificate.", {
      where: path,
      hint: "It begins with -----BEGIN CERTIFICATE-----.",
      exit: 2,
      cause,
    });
  }
}

async function requirePrivate(path: string): Promise<void> {
  // Windows keeps no mode bits: access is decided by lists there.
  if (process.platform === "win32") return;
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & 0o077) === 0) return;
  throw tlsError("TRAINER_TLS_KEY_MODE", `The key can be read by others (mode ${mode.toString(8)}).`, {
    where: path,
    hint: `chmod 600 ${path}`,
    exit: 2,
  });
}
