import { type AddressInfo, createServer } from "node:net";
import { type Fault, outcome } from "./fault.js";

/** Another process listens on the address of a trainer. */
export const portTaken: Fault = {
  name: "port taken",
  async run({ place: prepare }) {
    await using place = await prepare();
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    try {
      const { port } = server.address() as AddressInfo;
      const args = ["trainer", "serve", "--backend", "fake", "--listen", `127.0.0.1:${port}`];
      const { code, error } = await place.spice(args);
      return outcome("a listener on the trainer's port", {
        "exit 3": code === 3,
        says: error,
        "as documented": error === "ADDRESS_IN_USE",
      });
    } finally {
      server.close();
    }
  },
};
