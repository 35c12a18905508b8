import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Certificates, makeCertificates } from "../../src/adapters/certificates/certificates.js";
import { type Environment, runCommand } from "../../src/adapters/python/run-command.js";

/**
 * Certificates that ended yesterday. They are made as valid certificates and then signed again by
 * the same authority for a time that is over.
 *
 * @param folder is created; it must not exist
 */
export async function endedCertificates(
  folder: string,
  names: readonly string[],
  environment: Environment,
): Promise<Certificates> {
  const made = await makeCertificates({ folder, names, days: 1, environment });
  const openssl = async (...args: readonly string[]): Promise<void> => {
    const { status, stderr } = await runCommand(["openssl", ...args], { environment, cwd: folder });
    if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
  };
  const hosts = ["DNS:localhost", "IP:127.0.0.1", ...names.map((name) => `DNS:${name}`)];
  for (const who of ["server", "client"]) {
    const extensions = [`subjectAltName=${hosts.join(",")}`, `extendedKeyUsage=${who}Auth`];
    await writeFile(join(folder, "again.ext"), extensions.join("\n"));
    await openssl("req", "-new", "-key", `${who}.key`, "-subj", `/CN=spice ${who}`, "-out", "again.csr");
    await openssl(
      ...["x509", "-req", "-in", "again.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"],
      ...["-days", "-1", "-extfile", "again.ext", "-out", `${who}.crt`],
    );
  }
  for (const name of ["again.ext", "again.csr", "ca.srl"]) await rm(join(folder, name), { force: true });
  return made;
}
