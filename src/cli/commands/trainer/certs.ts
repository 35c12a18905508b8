import { resolve } from "node:path";
import { repeatable, wholeNumber } from "../../terminal/arguments.js";
import { command } from "../../terminal/options.js";
import { perform } from "../../terminal/perform.js";

/**
 * `spice trainer certs`: certificates for mutual TLS between this machine and a trainer on another.
 */
export const certsCommand = () =>
  command(
    "certs",
    "make a private authority and a certificate for each side, for mutual TLS (needs openssl)",
    `spice trainer certs ./tls --name gpu1.example.org
     spice trainer certs ./tls --name 10.0.0.5 --days 90`,
  )
    .argument("<dir>", "a folder that does not exist yet")
    .addOption(repeatable("--name <name>", "host name or address of the trainer"))
    .option("--days <n>", "how long the certificates are valid", wholeNumber, 365)
    .action((folder, options) =>
      perform(options, async ({ output }) => {
        const { makeCertificates } = await import("../../../adapters/certificates/certificates.js");
        const made = await makeCertificates({
          folder: resolve(folder),
          names: options.name,
          days: options.days,
          environment: process.env,
        });
        output.document("spice.trainer-certs/1", made);
        output.text(Object.values(made).join("\n"));
        output.note(`Where the trainer runs: ${made.ca}, ${made.serverCert}, ${made.serverKey}
Where spice runs:       ${made.ca}, ${made.clientCert}, ${made.clientKey}
Keep ${made.caKey} off both: whoever has it can make more certificates.`);
        return undefined;
      }),
    );
