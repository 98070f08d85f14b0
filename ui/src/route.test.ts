import { beforeEach, expect, test } from "vitest";

import { remember, remembered, type Route } from "./route";

beforeEach(() => {
  window.sessionStorage.clear();
});

test("a page that is loaded again shows the view that the person was at", () => {
  const routes: Route[] = [{ view: "consignments" }, { view: "folder", consignment: "TDR-2026-GB7" }, { view: "transfer", id: "transfer-1" }, { view: "help" }];
  for (const route of routes) {
    remember(route);
    expect(remembered()).toEqual(route);
  }
});

test("a question that was being asked is not asked again", () => {
  remember({ view: "transfer", id: "transfer-1", asking: "cancel" });
  expect(remembered()).toEqual({ view: "transfer", id: "transfer-1" });
});

test.each(["", "nonsense", "null", '"help"', '{"view":"elsewhere"}', '{"view":"transfer"}', '{"view":"folder","consignment":7}'])(
  "what is no view is not gone to: %s",
  (text) => {
    window.sessionStorage.setItem("place", text);
    expect(remembered()).toBeNull();
  },
);

test("a window that has only now been opened begins where it always does", () => {
  expect(remembered()).toBeNull();
});
