import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import { type Channel, ChannelCredentials, createChannel } from "nice-grpc";
import { SpiceError } from "../../app/errors.js";
import type { TlsMaterial } from "./tls.js";

/**
 * Largest message in either direction, in bytes. Batches travel in chunks of 1 MiB and are far
 * below this limit.
 */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

const CHANNEL_OPTIONS = {
  // gRPC ignores an option without the `grpc.` prefix silently, and the limit then stays at 4 MiB.
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  // Without this option, the http_proxy of a cluster would be used for 127.0.0.1 too.
  "grpc.enable_http_proxy": 0,
  // With the default window of Node, 64 KiB, a stream of samples waits for a round trip at every
  // window.
  "grpc-node.flow_control_window": 4 * 1024 * 1024,
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 15_000,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.initial_reconnect_backoff_ms": 200,
  "grpc.max_reconnect_backoff_ms": 2000,
};

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Opens a channel to `host:port` or `unix:///path`. Without TLS the host must be this machine,
 * because the bearer token is sent in clear text.
 *
 * @throws SpiceError `TRAINER_ADDRESS` (exit 2)
 */
export function openChannel(address: string, tls: TlsMaterial | null): Channel {
  const target = checkedAddress(address, tls !== null);
  if (tls === null) return createChannel(target, undefined, CHANNEL_OPTIONS);
  const { ca, cert, key } = tls;
  const name = tls.serverName ?? hostOf(target);
  const credentials = ChannelCredentials.createSsl(ca, key, cert, {
    checkServerIdentity: (_asked, shown) => checkServerIdentity(name, shown),
  });
  // TLS does not allow an IP address as server name. Any name is then sent, because the certificate
  // is compared with `name`.
  const asked = isIP(name) === 0 ? name : "localhost";
  return createChannel(target, credentials, { ...CHANNEL_OPTIONS, "grpc.ssl_target_name_override": asked });
}

function checkedAddress(address: string, encrypted: boolean): string {
  // nice-grpc appends a port to `unix:path`. Only the form with three slashes stays unchanged.
  if (address.startsWith("unix:///")) {
    if (!encrypted) return address;
    throw refused(
      `\`${address}\` needs no TLS: a unix socket is for its owner only.`,
      "Set trainer.tls to null.",
    );
  }
  const parts = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(address);
  const [, host = "", port = ""] = parts ?? [];
  if (parts === null || Number(port) < 1 || Number(port) > 65_535) {
    throw refused(`\`${address}\` is not a trainer's address.`, "Write host:port or unix:///path.");
  }
  if (!encrypted && !LOOPBACK.has(host.toLowerCase())) {
    throw refused(
      `The trainer at ${address} is on another machine, and this connection is not encrypted.`,
      `Set trainer.tls (docs/security.md), or tunnel it: ssh -N -L ${port}:127.0.0.1:${port} ${host}, then use 127.0.0.1:${port}.`,
    );
  }
  return address;
}

/** The host of `host:port`, without the brackets of an IPv6 address. */
function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}

function refused(message: string, hint: string): SpiceError {
  return new SpiceError(message, {
    code: "TRAINER_ADDRESS",
    boundary: "config",
    where: "trainer.address",
    hint,
    exit: 2,
  });
}
