import { beforeEach, expect, test } from "vitest";

import { remember, remembered, type Route } from "./route";

beforeEach(() => {
  window.sessionStorage.clear();
});

test("a page that is loaded again shows the same view", () => {
  const routes: Route[] = [{ view: "consignments" }, { view: "folder", consignment: "TDR-2026-GB7" }, { view: "transfer", id: "transfer-1" }, { view: "help" }];
  for (const route of routes) {
    remember(route);
    expect(remembered()).toEqual(route);
  }
});

test("an open question is not asked again", () => {
  remember({ view: "transfer", id: "transfer-1", asking: "cancel" });
  expect(remembered()).toEqual({ view: "transfer", id: "transfer-1" });
});

test.each(["", "nonsense", "null", '"help"', '{"view":"elsewhere"}', '{"view":"transfer"}', '{"view":"folder","consignment":7}'])(
  "an invalid route is ignored: %s",
  (text) => {
    window.sessionStorage.setItem("place", text);
    expect(remembered()).toBeNull();
  },
);

test("a new window has no stored route", () => {
  expect(remembered()).toBeNull();
});
