import { createChannel, createClientFactory, createServer } from "nice-grpc";
import { Metadata } from "nice-grpc-common";
import { GetInfoResponse, InfoServiceDefinition } from "../../src/gen/spice/trainer/v1/info.js";
import { type Fault, outcome } from "./fault.js";
import { codeOf, sidecarIn } from "./sidecar.js";

const NEXT = "spice.trainer.v2";

/**
 * A trainer with the next protocol version for a run, and a client with the next protocol version
 * for a trainer.
 */
export const versionSkew: Fault = {
  name: "version skew",
  async run(setting) {
    await using place = await setting.place();
    const server = createServer();
    const info = GetInfoResponse.fromPartial({ protocol: NEXT, version: "9.0.0", backend: "fake" });
    server.add(InfoServiceDefinition, {
      getInfo: async () => info,
      getCapabilities: () => Promise.reject(new Error("not asked for")),
    });
    const port = await server.listen("127.0.0.1:0");
    const run = await place.spice(place.train(`trainer.address=127.0.0.1:${port}`));
    await server.shutdown();
    await using sidecar = await sidecarIn(place, setting);
    const channel = createChannel(sidecar.address, undefined, { "grpc.enable_http_proxy": 0 });
    const newer = {
      ...InfoServiceDefinition,
      fullName: `${NEXT}.InfoService`,
    } as unknown as typeof InfoServiceDefinition;
    const metadata = Metadata({ authorization: `Bearer ${sidecar.token}`, "grpc-timeout": "5S" });
    const call = createClientFactory().create(newer, channel).getInfo({}, { metadata });
    // 12 is UNIMPLEMENTED.
    const status = await codeOf(call);
    channel.close();
    return outcome("a v2 trainer for a v1 run, a v2 client for a v1 trainer", {
      "run exit 3": run.code === 3,
      says: run.error,
      "as documented": run.error === "TRAINER_VERSION",
      "nothing left": (await place.runs()).length === 0,
      "client gets UNIMPLEMENTED": status === "12",
    });
  },
};
