import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, expect, test } from "vitest";

import { tauriHost } from "./tauri";

afterEach(clearMocks);

test("a problem of the program's comes as it is", async () => {
  mockIPC(() => {
    // As the program sends it: no error of JavaScript's.
    throw { code: "offline", detail: null };
  });
  expect(await tauriHost.consignments()).toEqual({ ok: false, problem: { code: "offline", detail: null } });
});

test("what Tauri itself refuses is a fault of the program's, with a sentence", async () => {
  mockIPC(() => {
    throw "Command consignments not allowed by ACL";
  });
  expect(await tauriHost.consignments()).toEqual({ ok: false, problem: { code: "internal", detail: "Command consignments not allowed by ACL" } });
});
