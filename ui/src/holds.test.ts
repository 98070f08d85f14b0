import { render, screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";

import App from "./App.svelte";
import { Frame } from "./frame.svelte";
import { ASKED_ABOUT, NOW } from "./host/fake/data";
import { FakeHost } from "./host/fake/fake";
import { scenes } from "./host/fake/scenes";

/** Renders a scene of the gallery, without pressing its buttons. */
async function renderScene(name: string): Promise<{ frame: Frame; host: FakeHost }> {
  const scene = scenes.find((one) => one.name === name);
  if (!scene) throw new Error(`there is no scene ${name}`);
  const host = new FakeHost(scene.script);
  const frame = new Frame(host, () => NOW);
  frame.route = scene.route;
  render(App, { frame });
  await frame.start();
  await screen.findByRole("heading", { level: 1 });
  return { frame, host };
}

const button = (name: string) => screen.findByRole("button", { name });
const text = () => document.querySelector("main")?.textContent.replace(/\s+/g, " ") ?? "";

test("files that were set aside are shown as a question with one button to try again", async () => {
  const { host } = await renderScene("transfer-settling");
  expect(await screen.findByRole("region", { name: "2 files could not be sent" })).toBeTruthy();
  expect(screen.queryByRole("region", { name: "Stopped" })).toBeNull();
  // Throws if there are two.
  (await button("Try again")).click();
  await waitFor(() => {
    expect(host.calls).toEqual(["try_again transfer-1"]);
  });
  (await button("Give up the transfer")).click();
  expect(await screen.findByRole("heading", { level: 1, name: "Give up this transfer?" })).toBeTruthy();
  expect(text()).not.toContain("Stopped");
});

test("a transfer that waits for its turn links to the one ahead, and can be paused", async () => {
  const { frame, host } = await renderScene("transfer-queued");
  expect(await screen.findByRole("region", { name: "Waiting for “Board papers” to finish" })).toBeTruthy();
  // No work is being done on it.
  expect(text()).not.toContain("Time left");
  (await button("Pause")).click();
  await waitFor(() => {
    expect(host.calls).toEqual(["pause transfer-1"]);
  });
  (await button("Show “Board papers”")).click();
  await waitFor(() => {
    expect(frame.route).toEqual({ view: "transfer", id: "transfer-9" });
  });
  for (const view of ["transfers", "consignments"] as const) {
    frame.go({ view });
    const row = (await screen.findByRole("button", { name: /^Parish council records|Show the transfer: TDR-2026-GB7/ })).closest("tr");
    expect(row?.textContent, view).toContain("Waiting for “Board papers” to finish");
  }
});

test("a checked folder says that another is sent first, before and after Send", async () => {
  const { host } = await renderScene("check-behind");
  expect(await screen.findByText("Waybill sends one folder at a time. This one will be sent when “Board papers” has finished.")).toBeTruthy();
  (await button("Send 1,842 files")).click();
  await waitFor(() => {
    expect(host.calls).toEqual(["send transfer-1"]);
  });
  const [checked, ahead] = host.script.snapshot.transfers;
  if (!checked || !ahead) throw new Error("the scene has two transfers");
  host.change({ transfers: [{ ...checked, phase: "hashing", hold: { state: "queued", behind: { transfer: ahead.id, folder: ahead.folder } } }, ahead] });
  expect(await screen.findByRole("region", { name: "Waiting for “Board papers” to finish" })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Send 1,842 files" })).toBeNull();
});

test("quitting also asks about a transfer that waits for its turn", async () => {
  const { frame, host } = await renderScene("transfer-queued-to-send");
  await host.quit(false);
  expect(frame.quitting).toBe(2);
});

test("a person returned to the check sees why, sees the files, and is asked again", async () => {
  const { host } = await renderScene("check-leaves-out");
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("Waybill has read every file, and some cannot be sent.");
  // The group with the files is already open.
  expect((await screen.findByRole("button", { name: /^Files that are open in another program/ })).getAttribute("aria-expanded")).toBe("true");
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  (await button("Send 1,840 files")).click();
  expect(await screen.findByText("Select that you agree, or choose another folder")).toBeTruthy();
  expect(host.calls).toEqual([]);
  screen.getByRole<HTMLInputElement>("checkbox").click();
  (await button("Send 1,840 files")).click();
  await waitFor(() => {
    expect(host.calls).toEqual(["send transfer-1, agreed to 2"]);
  });
});

test("a person agrees to the number that was there when they ticked the box", async () => {
  const { host } = await renderScene("check-leaves-out");
  screen.getByRole<HTMLInputElement>("checkbox").click();
  const [checked] = host.script.snapshot.transfers;
  if (!checked?.check) throw new Error("the scene has a check");
  host.change({ transfers: [{ ...checked, check: { ...checked.check, left_out: 5 } }] });
  expect(await screen.findByRole("checkbox", { name: /5/ })).toBeTruthy();
  (await button("Send 1,840 files")).click();
  await waitFor(() => {
    expect(host.calls).toEqual(["send transfer-1, agreed to 2"]);
  });
});

test("findings from reading the files appear without changing the view", async () => {
  const { host } = await renderScene("check-well");
  expect(await screen.findByText("Every file in the folder can be sent.")).toBeTruthy();
  const late = scenes.find(({ name }) => name === "check-leaves-out");
  if (!late) throw new Error("there is no such scene");
  host.script.groups = late.script.groups;
  host.change({ transfers: late.script.snapshot.transfers });
  expect(await screen.findByRole("button", { name: /^Files that are open in another program/ })).toBeTruthy();
  expect(screen.queryByText("Every file in the folder can be sent.")).toBeNull();
});

test("after a folder has changed, the person checks, agrees and sends again", async () => {
  const { host } = await renderScene("check-changed");
  expect((await screen.findByRole("alert")).textContent).toContain("The folder has changed since it was checked");
  expect(screen.queryByRole("region", { name: "Stopped" })).toBeNull();
  const box = await screen.findByRole<HTMLInputElement>("checkbox");
  expect(box.checked).toBe(false);
  (await button("Send 1,845 files")).click();
  expect(await screen.findByText("Select that you agree, or choose another folder")).toBeTruthy();
  box.click();
  (await button("Send 1,845 files")).click();
  await waitFor(() => {
    expect(host.calls).toEqual([`send transfer-1, agreed to ${String(ASKED_ABOUT)}`]);
  });
});

test.each([
  ["check-nothing-left", "None of the files can be sent"],
  ["check-paused", "Nothing is sent until you select “Resume”."],
  ["check-disk-full", "Waiting for disk space"],
  ["check-stopped", "Stopped"],
  ["check-queued-again", "Waiting for “Board papers” to finish"],
])("in the scene %s the check says “%s”, and does not ask to send", async (scene, words) => {
  await renderScene(scene);
  expect(await screen.findByRole("button", { name: "Choose another folder" })).toBeTruthy();
  await waitFor(() => {
    expect(text()).toContain(words);
  });
  expect(screen.queryByRole("button", { name: /^Send / })).toBeNull();
});

test.each(["transfer-settling", "transfer-settling-resting", "transfer-settling-paused"])("in the scene %s there is one primary button", async (scene) => {
  await renderScene(scene);
  expect(await screen.findByRole("button", { name: "Show these files" })).toBeTruthy();
  const primary = [...document.querySelectorAll("main .govuk-button:not(.govuk-button--secondary)")].map((one) => one.textContent.trim());
  expect(primary).toEqual([scene === "transfer-settling-paused" ? "Resume" : "Try again"]);
  expect(text()).not.toContain("Not running");
});

test.each(["hand-over-paused", "checks-paused", "check-paused", "check-paused-again", "check-walking-paused", "transfer-paused"])("a paused transfer is resumed in its own view with one button: %s", async (scene) => {
  const { host } = await renderScene(scene);
  // Throws if there are two.
  (await button("Resume")).click();
  expect(host.calls).toEqual(["resume transfer-1"]);
  const primary = [...document.querySelectorAll("main .govuk-button:not(.govuk-button--secondary)")].map((one) => one.textContent.trim());
  expect(primary).toEqual(["Resume"]);
});

test("a folder checked before a restart waits for its turn, and can be replaced", async () => {
  const { host } = await renderScene("check-queued-again");
  expect(await screen.findByRole("region", { name: "Waiting for “Board papers” to finish" })).toBeTruthy();
  expect(text()).toContain("Waybill will look through this folder again when the other transfer has finished.");
  expect(text()).not.toContain("Loading");
  (await button("Choose another folder")).click();
  await waitFor(() => {
    expect(host.calls).toEqual(["cancel transfer-1"]);
  });
});

test.each(["transfer-other-service", "transfer-other-service-paused", "transfer-other-service-settling"])("another service's transfer says how to resume it, and offers only what works: %s", async (scene) => {
  await renderScene(scene);
  expect(await screen.findByText("This transfer belongs to a different service. To resume it, quit Waybill, then start it with that service.")).toBeTruthy();
  expect(text()).not.toContain("Resume");
  for (const name of ["Resume", "Pause", "Cancel the transfer", "Try again", "Give up the transfer"]) expect(screen.queryByRole("button", { name }), name).toBeNull();
});

test("a consignment whose upload was cancelled here is not called another person's", async () => {
  await renderScene("consignments");
  const row = (await screen.findByText("TDR-2026-FVC")).closest("tr");
  expect(row?.textContent).toContain("Cancelled on this computer");
  expect(row?.textContent).toContain("Start a new consignment on the TDR website.");
  expect(row?.textContent).not.toMatch(/elsewhere|another computer/);
  expect([...(row?.querySelectorAll("button") ?? [])].map((one) => one.getAttribute("aria-label"))).toEqual(["View it on the TDR website: TDR-2026-FVC"]);
});

test.each(["check-blocked", "check-file-too-large"])("a folder that exceeds a limit of the service is shown with the limits: %s", async (scene) => {
  await renderScene(scene);
  expect(await screen.findByText("The service accepts up to 5,000 files and 5 GB in one transfer. One file can be up to 5 GB.")).toBeTruthy();
});

test("a wait for the network can be ended immediately, one required by the service cannot", async () => {
  const { frame, host } = await renderScene("transfer-waiting-offline");
  (await button("Try now")).click();
  expect(host.calls).toEqual(["resume transfer-1"]);
  const [waiting] = host.script.snapshot.transfers;
  if (!waiting) throw new Error("the scene has a transfer");
  for (const reason of ["slow_down", "firewall", "folder_gone"] as const) {
    host.change({ transfers: [{ ...waiting, hold: { state: "waiting", reason, since: NOW, next_try: null } }] });
    await waitFor(() => {
      expect(screen.queryByRole("button", { name: "Try now" })).toBeNull();
    });
  }
  frame.go({ view: "help" });
});

test("a folder that is elsewhere now can be chosen there while the transfer waits for it", async () => {
  const { host } = await renderScene("check-folder-gone");
  (await button("Choose where the folder is now")).click();
  expect(host.calls).toEqual(["choose moved folder transfer-1"]);
});

test("a list that cannot be refreshed is still shown, with its time", async () => {
  const { host } = await renderScene("consignments");
  expect(await screen.findByText("TDR-2026-GBC")).toBeTruthy();
  host.script.consignments = { problem: { code: "offline", detail: null } };
  (await button("Refresh")).click();
  expect((await screen.findByRole("alert")).textContent).toContain("The list cannot be refreshed");
  expect(screen.getByText("TDR-2026-GBC")).toBeTruthy();
  expect(text()).toContain(". Last refreshed: ");
  host.script.consignments = { value: [] };
  (await button("Try again")).click();
  await waitFor(() => {
    expect(screen.queryByRole("alert")).toBeNull();
    expect(screen.queryByText("TDR-2026-GBC")).toBeNull();
  });
});

test("the button shows that a retry is running, and the same problem is read out again", async () => {
  const { host } = await renderScene("consignments-offline");
  const first = await screen.findByRole("alert");
  let answer: (() => void) | undefined;
  host.consignments = () =>
    new Promise((resolve) => {
      answer = () => {
        resolve({ ok: false, problem: { code: "offline", detail: null } });
      };
    });
  (await button("Try again")).click();
  expect((await button("Trying again…")).getAttribute("aria-disabled")).toBe("true");
  answer?.();
  await button("Try again");
  expect(screen.getByRole("alert")).not.toBe(first);
  expect(document.activeElement).toBe(screen.getByRole("alert"));
});

test("a support bundle is saved only once if the button is pressed repeatedly", async () => {
  const { host } = await renderScene("help");
  let asked = 0;
  let answer: (() => void) | undefined;
  host.saveSupportBundle = () => {
    asked += 1;
    return new Promise((resolve) => {
      answer = () => {
        resolve({ ok: true, value: "/home/priya/bundle.zip" });
      };
    });
  };
  const save = await button("Save a support bundle");
  save.click();
  save.click();
  expect(await screen.findByText("Saving the support bundle. This can take a minute.")).toBeTruthy();
  expect(save.getAttribute("aria-disabled")).toBe("true");
  expect(asked).toBe(1);
  answer?.();
  expect(await screen.findByText("Saved as /home/priya/bundle.zip")).toBeTruthy();
  save.click();
  expect(asked).toBe(2);
});

test("a receipt says how much was not sent, and shows what was left out", async () => {
  await renderScene("receipt");
  expect(await screen.findByText(/155 files and folders were not sent\. Every other file was uploaded\./)).toBeTruthy();
  (await screen.findByRole("button", { name: /^Files that cannot be read/ })).click();
  expect(await screen.findByRole("grid", { name: "Files that cannot be read: list" })).toBeTruthy();
  // Files that were sent despite a warning are not listed, and the rest can no longer be changed.
  expect(screen.queryByRole("button", { name: /^Names that look alike/ })).toBeNull();
  expect(text()).not.toContain("Ask for permission");
  expect(text()).not.toContain("Will not be sent");
});

test("a receipt of a folder that was sent completely says so", async () => {
  await renderScene("receipt-all");
  expect(await screen.findByText(/^Every file was uploaded\./)).toBeTruthy();
  expect(text()).not.toContain("Files and folders that were left out");
});

test("a folder that waits for its turn to be walked is not shown as being walked", async () => {
  await renderScene("check-walking-queued");
  expect(await screen.findByRole("region", { name: "Waiting for “Board papers” to finish" })).toBeTruthy();
  expect(text()).not.toContain("Looking through");
  expect(text()).not.toContain("so far");
});
