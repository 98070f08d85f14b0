// What every script here is told and says: one JSON document on standard input, one on standard output.

import { createRequire } from "node:module";
import { join } from "node:path";
import { text } from "node:stream/consumers";

// The packages are not beside these scripts but in the folder that `cargo xtask conformance clients` keeps.
const folder = process.env.WAYBILL_NODE_CLIENTS;
if (!folder) {
  throw new Error("WAYBILL_NODE_CLIENTS is not set: run `cargo xtask conformance clients`");
}
export const packages = createRequire(join(folder, "package.json"));

export const asked = JSON.parse(await text(process.stdin));

export function answer(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
