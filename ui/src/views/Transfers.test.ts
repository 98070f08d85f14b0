import { render, screen, within } from "@testing-library/svelte";
import axe from "axe-core";
import { expect, test } from "vitest";

import App from "../App.svelte";
import type { TransferLine, TransferList } from "../generated/bindings";
import type { Answer, Host } from "../host/host";
import { stages } from "../messages";

const transfer: TransferLine = {
  id: "6a1c",
  consignment: "TDR-2026-ABC",
  folder: "Parish council records",
  created: Date.UTC(2026, 2, 2, 12, 0),
  stage: "sending",
  paused: false,
  items: 1200,
  items_sent: 300,
  bytes: 5_000_000,
  bytes_sent: 1_250_000,
  set_aside: 0,
};

function hostWith(transfers: Answer<TransferList>): Host {
  return {
    about: () => Promise.resolve({ ok: true, value: { name: "Waybill", version: "0.1.0" } }),
    transfers: () => Promise.resolve(transfers),
  };
}

function show(...transfers: TransferLine[]) {
  return render(App, { host: hostWith({ ok: true, value: { transfers, older: 0 } }) });
}

test("a transfer is listed with its folder, consignment, state and how much is sent", async () => {
  show(transfer);
  const row = (await screen.findByRole("rowheader", { name: "Parish council records" })).closest("tr");
  const cells = within(row as HTMLElement).getAllByRole("cell").map((cell) => cell.textContent.trim());
  expect(cells.slice(0, 4)).toEqual(["TDR-2026-ABC", "Sending", "300 of 1,200", "1.3 MB of 5.0 MB"]);
  expect(await screen.findByText("Waybill 0.1.0")).toBeTruthy();
});

test("a paused transfer says so, and files that could not be sent are counted", async () => {
  show({ ...transfer, paused: true, set_aside: 2 });
  const cell = await screen.findByText(/Paused: Sending/);
  expect(cell.textContent).toContain("2 files could not be sent");
});

test("every stage has words", () => {
  for (const words of Object.values(stages)) {
    expect(words).toMatch(/^[A-Z]/);
  }
});

test("where there are no transfers it is said how to begin one", async () => {
  show();
  expect(await screen.findByText(/There are no transfers on this computer yet/)).toBeTruthy();
  expect(screen.getByText(/waybill send FOLDER/)).toBeTruthy();
});

test("a journal that cannot be read is named with what to do", async () => {
  const problem = { code: "journal_corrupt", detail: "/home/a/journal.sqlite" };
  render(App, { host: hostWith({ ok: false, problem }) });
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("cannot be read. Nothing has been deleted.");
  expect(alert.textContent).toContain("/home/a/journal.sqlite");
});

test("older transfers that are not shown are counted", async () => {
  render(App, { host: hostWith({ ok: true, value: { transfers: [transfer], older: 3 } }) });
  expect(await screen.findByText("3 older transfers are not shown.")).toBeTruthy();
});

test("markup in a folder's name is text", async () => {
  show({ ...transfer, folder: "<img src=x onerror=alert(1)>" });
  expect(await screen.findByRole("rowheader", { name: "<img src=x onerror=alert(1)>" })).toBeTruthy();
  expect(document.querySelector("img")).toBeNull();
});

test("the page has no accessibility faults that axe can find", async () => {
  const { container } = show(transfer, { ...transfer, id: "6a1d", stage: "finished" });
  await screen.findAllByRole("rowheader");
  // jsdom has no layout, so colours cannot be judged there.
  const { violations } = await axe.run(container, { rules: { "color-contrast": { enabled: false } } });
  expect(violations.map((violation) => violation.id)).toEqual([]);
});
