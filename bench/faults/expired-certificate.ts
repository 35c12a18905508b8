import { readFile } from "node:fs/promises";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { makeCertificates } from "../../src/adapters/certificates/certificates.js";
import { endedCertificates } from "./ended-certificates.js";
import { type Fault, outcome } from "./fault.js";

/**
 * Expired certificates on both sides: a trainer does not start with an expired certificate, and a
 * run does not connect to one.
 */
export const expiredCertificate: Fault = {
  name: "expired certificate",
  async run({ place: prepare }) {
    await using place = await prepare();
    const ended = await endedCertificates(join(place.folder, "ended"), [], process.env);
    const folder = join(place.folder, "valid");
    const valid = await makeCertificates({ folder, names: [], days: 30, environment: process.env });
    const files = ["--tls-cert", ended.serverCert, "--tls-key", ended.serverKey, "--tls-client-ca", valid.ca];
    const serve = ["trainer", "serve", "--backend", "fake", "--listen", "0.0.0.0:0", ...files];
    const serving = await place.spice(serve);
    const server = createSecureServer({
      cert: await readFile(ended.serverCert),
      key: await readFile(ended.serverKey),
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    try {
      const { port } = server.address() as AddressInfo;
      const train = (ca: string, cert: string, key: string) =>
        place.spice(
          place.train(
            `trainer.address=localhost:${port}`,
            `trainer.tls=${JSON.stringify({ ca, cert, key })}`,
          ),
        );
      const theirs = await train(ended.ca, valid.clientCert, valid.clientKey);
      const own = await train(ended.ca, ended.clientCert, ended.clientKey);
      return outcome("certificates that ended yesterday", {
        "trainer refuses its own": serving.code === 3 && serving.error === "TLS_CERTIFICATE_EXPIRED",
        "run refuses the trainer's": theirs.code === 3 && theirs.error === "TRAINER_TLS_EXPIRED",
        "run refuses its own": own.code === 3 && own.error === "TRAINER_TLS_CLIENT_EXPIRED",
        "nothing left": (await place.runs()).length === 0,
      });
    } finally {
      server.close();
    }
  },
};
