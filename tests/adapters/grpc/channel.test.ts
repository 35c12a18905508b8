import { describe, expect, test } from "@jest/globals";
import { openChannel } from "../../../src/adapters/grpc/channel.js";

describe("addresses", () => {
  test.each([
    "example.org:80",
    "10.0.0.1:5000",
    "127.0.0.1",
    "127.0.0.1:0",
    "127.0.0.1:70000",
    "unix:relative",
    "http://127.0.0.1:1",
    "",
  ])("%j is refused with a way out", (address) => {
    let refused: unknown = null;
    try {
      openChannel(address, null);
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ code: "TRAINER_ADDRESS", exit: 2 });
  });

  test.each(["127.0.0.1:5000", "localhost:5000", "[::1]:5000", "unix:///tmp/trainer.sock"])(
    "%s is taken",
    (address) => {
      openChannel(address, null).close();
    },
  );
});
