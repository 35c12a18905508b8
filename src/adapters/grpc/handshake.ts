import { isIP } from "node:net";
import { checkServerIdentity, connect as connectTls, type TLSSocket } from "node:tls";
import type { SpiceError } from "../../app/errors.js";
import { errorCode } from "../files/errors.js";
import { type TlsMaterial, tlsError } from "./tls.js";

/**
 * HTTP/2 connection preface and an empty SETTINGS frame. A server that accepts the connection
 * answers with its own SETTINGS frame.
 */
const PREFACE = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
const TIMEOUT_MS = 5000;

/** The result of a handshake. `ends`: end of the server's certificate. */
export type Handshake =
  | { readonly kind: "accepted"; readonly ends: Date }
  | { readonly kind: "refused"; readonly error: SpiceError }
  /** No server answered in time. This says nothing about TLS. */
  | { readonly kind: "unreachable" };

/**
 * Makes a separate handshake that explains why an encrypted connection fails, because gRPC reports
 * every reason as `UNAVAILABLE`. With TLS 1.3, a server refuses the certificate of a client after
 * the client has finished its part of the handshake. The function therefore waits for the first
 * bytes of the server.
 */
export async function handshake(address: string, tls: TlsMaterial, signal: AbortSignal): Promise<Handshake> {
  const { host, port } = split(address);
  const servername = tls.serverName ?? host;
  const socket = connectTls({
    host,
    port,
    ca: tls.ca,
    cert: tls.cert,
    key: tls.key,
    ALPNProtocols: ["h2"],
    checkServerIdentity: (_asked, shown) => checkServerIdentity(servername, shown),
    // TLS does not allow an IP address as server name.
    ...(isIP(servername) === 0 ? { servername } : {}),
  });
  try {
    const { error, secured } = await attempt(socket, signal);
    if (error === null) return { kind: "accepted", ends: new Date(socket.getPeerCertificate().valid_to) };
    const refused = explain(error, { address, name: servername, secured });
    return refused === null ? { kind: "unreachable" } : { kind: "refused", error: refused };
  } finally {
    socket.destroy();
  }
}

/** True when a server, with which a connection without TLS failed, requires TLS. */
export async function wantsTls(address: string, signal: AbortSignal): Promise<boolean> {
  if (address.startsWith("unix:")) return false;
  const socket = connectTls({ ...split(address), ALPNProtocols: ["h2"], rejectUnauthorized: false });
  try {
    const { error, secured } = await attempt(socket, signal);
    // The server answered in TLS, perhaps with a refusal.
    return error === null || secured || /_ALERT_/.test(saidBy(error));
  } finally {
    socket.destroy();
  }
}

/**
 * Waits for the first bytes of the server. `secured`: this side had finished its part of the
 * handshake. `error` is null when the server accepted the connection.
 */
async function attempt(
  socket: TLSSocket,
  signal: AbortSignal,
): Promise<{ error: unknown; secured: boolean }> {
  let secured = false;
  socket.once("secureConnect", () => {
    secured = true;
  });
  try {
    await firstBytes(socket, signal);
    return { error: null, secured };
  } catch (error) {
    signal.throwIfAborted();
    return { error, secured };
  }
}

function firstBytes(socket: TLSSocket, signal: AbortSignal): Promise<void> {
  const stopped = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  return new Promise((resolve, reject) => {
    stopped.addEventListener("abort", () => reject(stopped.reason), { once: true });
    socket.once("secureConnect", () => socket.write(PREFACE));
    socket.once("data", () => resolve());
    socket.on("error", reject);
    socket.once("close", () => reject(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
  });
}

const WRONG_CA = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|UNTRUSTED|INVALID_CA|CERT_SIGNATURE/;

/** Error code and message as one word. OpenSSL puts the reason into either of them. */
function saidBy(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `${errorCode(error) ?? ""} ${text}`.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");
}

/**
 * The refusal that an error stands for; null when the server was not reached. `secured`: this side
 * had finished its part of the handshake.
 */
function explain(
  error: unknown,
  { address, name, secured }: { address: string; name: string; secured: boolean },
): SpiceError | null {
  const code = errorCode(error) ?? "";
  const said = saidBy(error);
  const reset = code === "ECONNRESET" || code === "EPIPE";
  const refuse = (what: string, message: string, hint: string) =>
    tlsError(what, message, { where: address, hint, exit: 3, cause: error });
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID")
    return refuse(
      "TRAINER_TLS_EXPIRED",
      "The trainer's certificate has expired or is not yet valid.",
      "Create a new certificate on the trainer's machine and restart the trainer; check the clocks of both machines.",
    );
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return refuse(
      "TRAINER_TLS_NAME",
      `The trainer's certificate is for another name than ${name}.`,
      "Set trainer.tls.serverName to a name in the certificate, or create a certificate for this name.",
    );
  if (WRONG_CA.test(code))
    return refuse(
      "TRAINER_TLS_CA",
      `The trainer's certificate is not from the authority in trainer.tls.ca (${code}).`,
      "Use the ca.crt of the authority that signed the trainer's certificate.",
    );
  if (/WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG/.test(said) || (reset && !secured))
    return refuse(
      "TRAINER_TLS_PLAIN",
      "The server at this address does not use TLS.",
      "Start the trainer with --tls-cert, --tls-key and --tls-client-ca, or set trainer.tls to null for a trainer on this machine.",
    );
  if (/_ALERT_/.test(said) || reset)
    return refuse(
      "TRAINER_TLS_REFUSED",
      `The trainer refused this side's certificate (${code}).`,
      "trainer.tls.cert must come from the authority in the trainer's --tls-client-ca; the trainer's log has details.",
    );
  return null;
}

function split(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}
