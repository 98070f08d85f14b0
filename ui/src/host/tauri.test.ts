import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, expect, test, vi } from "vitest";

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

test("the page listens before it says so, and the first snapshot arrives once", async () => {
  const asked: string[] = [];
  mockIPC((command, payload) => {
    asked.push(command === "plugin:event|listen" ? `listen ${(payload as { event: string }).event}` : command);
    return null;
  });
  const listener = { snapshot: vi.fn(), dropped: vi.fn(), noticed: vi.fn(), quitAsked: vi.fn(), closedToTray: vi.fn() };
  await tauriHost.listen(listener);
  expect(asked.at(-1)).toBe("ready");
  expect(asked.slice(0, -1).sort()).toEqual(["listen closed_to_tray", "listen drop", "listen notice", "listen quit_asked", "listen snapshot"]);
});
