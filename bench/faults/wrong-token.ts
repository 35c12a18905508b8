import { type Fault, outcome } from "./fault.js";
import { sidecarIn } from "./sidecar.js";

/** A run uses a trainer with a wrong token. */
export const wrongToken: Fault = {
  name: "wrong token",
  async run(setting) {
    await using place = await setting.place();
    await using sidecar = await sidecarIn(place, setting);
    const token = "another-token-0123456789";
    const { code, error, stderr } = await place.spice(place.train(`trainer.address=${sidecar.address}`), {
      SPICE_TRAINER_TOKEN: token,
    });
    return outcome("a run with another trainer's token", {
      "exit 3": code === 3,
      says: error,
      "as documented": error === "TRAINER_TOKEN",
      "token not shown": !stderr.includes(token),
      "nothing left": (await place.runs()).length === 0,
    });
  },
};
