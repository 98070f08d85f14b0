import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, expect, test, vi } from "vitest";

import { tauriHost } from "./tauri";

afterEach(clearMocks);

test("a problem from the program is passed on unchanged", async () => {
  mockIPC(() => {
    // The program sends it as a plain object, not a JavaScript error.
    throw { code: "offline", detail: null };
  });
  expect(await tauriHost.consignments()).toEqual({ ok: false, problem: { code: "offline", detail: null } });
});

test("a request that Tauri itself rejects is an internal fault with a sentence", async () => {
  mockIPC(() => {
    throw "Command consignments not allowed by ACL";
  });
  expect(await tauriHost.consignments()).toEqual({ ok: false, problem: { code: "internal", detail: "Command consignments not allowed by ACL" } });
});

test("the page listens before it reports that it is ready", async () => {
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
