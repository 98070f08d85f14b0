// @ts-check
/** Serves the gallery while the tests run; they find it in `WAYBILL_GALLERY`. */

import { serve } from "./server.js";

export default async function setup() {
  const server = await serve();
  process.env["WAYBILL_GALLERY"] = server.address;
  return server.close;
}
