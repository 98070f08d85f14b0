import { render, screen, waitFor } from "@testing-library/svelte";
import { tick } from "svelte";
import { expect, test, vi } from "vitest";

import App from "./App.svelte";
import { Frame } from "./frame.svelte";
import { aboutDropBox, before, colleague, groups, NOW, receipt, settling, transfer, wellChecked } from "./host/fake/data";
import { FakeHost, script, type Script } from "./host/fake/fake";
import type { Route } from "./route";

const HERE: Route = { view: "transfer", id: "transfer-1" };

async function renderApp(route: Route, wanted: Script): Promise<{ frame: Frame; host: FakeHost }> {
  const host = new FakeHost(wanted);
  const frame = new Frame(host, () => NOW);
  frame.route = route;
  render(App, { frame });
  await frame.start();
  await screen.findByRole("heading", { level: 1 });
  return { frame, host };
}

const heading = () => screen.getByRole("heading", { level: 1 });
const button = (name: string) => screen.findByRole("button", { name });

test("a sign-in that was started at a transfer is finished, copied or cancelled there", async () => {
  const waits = transfer({ hold: { state: "waiting", reason: "signed_out", since: NOW, next_try: null } });
  const { host } = await renderApp(HERE, script({ snapshot: { ...script().snapshot, session: { state: "signed_out", why: null } } }, [waits]));
  host.change({ transfers: [waits] });
  (await button("Sign in")).click();
  host.change({ session: { state: "signing_in", address_known: true, opened: false } });
  expect(await screen.findByText("Your browser could not be opened")).toBeTruthy();
  for (const name of ["Open it again", "Copy the address", "Cancel sign-in"]) (await button(name)).click();
  await waitFor(() => {
    expect(host.calls).toEqual(["sign in", "open sign-in again", "copy address", "cancel sign-in"]);
  });
  expect(await screen.findByText("The address has been copied.")).toBeTruthy();
  host.change({ session: { state: "signed_out", why: null } });
  expect(await button("Sign in")).toBeTruthy();
});

test("another person's transfer says whose it is, and signs out before it signs in", async () => {
  const waits = transfer({ hold: { state: "waiting", reason: "different_person", since: NOW, next_try: null } });
  const { host } = await renderApp(HERE, script({ snapshot: { ...script().snapshot, session: { state: "signed_in", person: colleague } } }, [waits]));
  host.change({ transfers: [waits] });
  expect(await screen.findByText(/^Priya Shah .* started this transfer\.$/)).toBeTruthy();
  const notice = screen.getByRole("region", { name: "Waiting for the person who started it" });
  expect(notice.textContent.replace(/\s+/g, " ")).toContain("Priya Shah (priya.shah@example.gov.uk) started this transfer. You are signed in as Ben Okafor.");
  (await button("Sign out and sign in again")).click();
  await waitFor(() => {
    expect(host.calls).toEqual(["sign out", "sign in"]);
  });
});

test("a person whose sign-out fails is not asked to sign in", async () => {
  const waits = transfer({ hold: { state: "waiting", reason: "different_person", since: NOW, next_try: null } });
  const { host } = await renderApp(HERE, script({ orders: { code: "keychain_unavailable", detail: null } }, [waits]));
  (await button("Sign out and sign in again")).click();
  expect(await screen.findByText(/cannot use this computer’s keychain/)).toBeTruthy();
  expect(host.calls).toEqual(["sign out"]);
});

test("a ticked box is still ticked when the person goes back instead of quitting", async () => {
  const checked = transfer({ ...before, phase: "checked", check: { ...wellChecked, left_out: 37 } });
  const { host } = await renderApp(HERE, script({ groups: { value: groups } }, [checked]));
  const box = await screen.findByRole<HTMLInputElement>("checkbox");
  box.click();
  host.emit.quitAsked({ sending: 1 });
  (await button("Go back")).click();
  await waitFor(() => {
    expect(screen.queryByRole("dialog")).toBeNull();
  });
  expect(screen.getByRole<HTMLInputElement>("checkbox")).toBe(box);
  expect(box.checked).toBe(true);
});

test("going to another view closes the question", async () => {
  const { frame, host } = await renderApp(HERE, script({}, [transfer()]));
  host.emit.quitAsked({ sending: 1 });
  await screen.findByRole("dialog");
  frame.go({ view: "settings" });
  await waitFor(() => {
    expect(heading().textContent).toBe("Settings");
  });
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("quitting closes the question, and a failure is shown", async () => {
  const { frame, host } = await renderApp(HERE, script({}, [transfer()]));
  host.script.orders = { code: "not_possible_now", detail: null };
  host.emit.quitAsked({ sending: 1 });
  const dialog = await screen.findByRole("dialog");
  dialog.querySelector("button")?.click();
  await waitFor(() => {
    expect(screen.queryByRole("dialog")).toBeNull();
  });
  expect(host.calls).toEqual(["quit for certain"]);
  expect(frame.problem?.code).toBe("not_possible_now");
});

test("signing out while something is being sent asks first, and the person can go back", async () => {
  const { host } = await renderApp(HERE, script({}, [transfer()]));
  (await button("Sign out")).click();
  const dialog = await screen.findByRole("dialog", { name: "Sign out while files are being sent?" });
  expect(dialog.textContent).toContain("One transfer is being sent.");
  expect(host.calls).toEqual([]);
  (await button("Go back")).click();
  await waitFor(() => {
    expect(screen.queryByRole("dialog")).toBeNull();
  });
  expect(host.calls).toEqual([]);
  (await button("Sign out")).click();
  (await screen.findByRole("dialog")).querySelector("button")?.click();
  await waitFor(() => {
    expect(host.calls).toEqual(["sign out"]);
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});

test.each([["paused", transfer({ hold: { state: "paused" } })], ["being checked", transfer({ phase: "being_checked" })]] as const)("signing out while the only transfer is %s does not ask", async (_, only) => {
  const { host } = await renderApp(HERE, script({}, [only]));
  (await button("Sign out")).click();
  await waitFor(() => {
    expect(host.calls).toEqual(["sign out"]);
  });
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("a button that pauses is the one that resumes, and keeps the focus", async () => {
  const { host } = await renderApp(HERE, script({}, [transfer()]));
  const pause = await button("Pause");
  pause.focus();
  host.change({ transfers: [transfer({ hold: { state: "paused" } })] });
  await tick();
  expect(pause.textContent).toBe("Resume");
  expect(document.activeElement).toBe(pause);
  pause.click();
  expect(host.calls).toEqual(["resume transfer-1"]);
});

test("a button that disappears when it is pressed leaves the focus on the heading", async () => {
  const { host } = await renderApp(HERE, script({}, [transfer({ hold: { state: "stopped", code: "registration_unclear" } })]));
  (await button("Try again")).focus();
  host.change({ transfers: [transfer()] });
  await waitFor(() => {
    expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
    expect(document.activeElement).toBe(heading());
  });
});

test("signing out in the view of a transfer moves the focus to its heading", async () => {
  const { host } = await renderApp(HERE, script({}, [transfer()]));
  (await button("Sign out")).focus();
  host.change({ session: { state: "signed_out", why: null } });
  await waitFor(() => {
    expect(document.activeElement).toBe(heading());
  });
});

test("the focus stays where the person put it", async () => {
  const { host } = await renderApp(HERE, script({}, [transfer({ hold: { state: "stopped", code: "registration_unclear" } })]));
  (await button("Try again")).focus();
  const settings = await button("Settings");
  settings.focus();
  host.change({ transfers: [transfer()] });
  await waitFor(() => {
    expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  });
  expect(document.activeElement).toBe(settings);
});

test("a folder that is kept while nobody is signed in can be dismissed", async () => {
  const { frame, host } = await renderApp({ view: "consignments" }, script({ snapshot: { ...script().snapshot, session: { state: "signed_out", why: null } } }));
  host.emit.dropped({ state: "offered", offer: { name: "Board papers", path: "/r/Board papers", token: "offer-2" } });
  expect(await screen.findByText("When you have signed in, choose a consignment for Board papers.")).toBeTruthy();
  (await button("Do not send this folder")).click();
  await tick();
  expect(frame.offer).toBeNull();
  expect(screen.queryByText(/Board papers/)).toBeNull();
});

test("a slow start says what it may be waiting for", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const host = new FakeHost(script({ snapshot: { ...script().snapshot, session: { state: "loading" } } }));
    const frame = new Frame(host, () => NOW);
    render(App, { frame });
    await frame.start();
    await tick();
    expect(heading().textContent).toBe("Starting Waybill");
    vi.advanceTimersByTime(2_999);
    await tick();
    expect(screen.queryByText(/keychain/)).toBeNull();
    vi.advanceTimersByTime(1);
    await tick();
    expect(screen.getByText(/^Waybill may be waiting for this computer’s keychain/)).toBeTruthy();
  } finally {
    vi.useRealTimers();
  }
});

/** Returns a script for a service that has no consignments. */
const toService = (changes: Partial<Script> = {}, now: Parameters<typeof script>[1] = []) => script({ about: { value: aboutDropBox }, ...changes }, now);

test("a service without consignments starts with the folder and requests no list", async () => {
  const asked = vi.spyOn(FakeHost.prototype, "consignments");
  const { host } = await renderApp({ view: "consignments" }, toService());
  expect(heading().textContent).toBe("Send a folder to County Record Office");
  expect(asked).not.toHaveBeenCalled();
  asked.mockRestore();
  expect(screen.queryByText(/onsignment/)).toBeNull();
  (await button("Choose a folder")).click();
  await waitFor(() => {
    expect(host.calls).toEqual(["choose folder", "open offer-1 without a consignment"]);
  });
});

test("a folder dropped before signing in is checked when the person agrees", async () => {
  const { host } = await renderApp({ view: "consignments" }, toService({ snapshot: { ...script().snapshot, session: { state: "signed_out", why: null } } }));
  host.emit.dropped({ state: "offered", offer: { name: "Board papers", path: "/r/Board papers", token: "offer-2" } });
  expect(await screen.findByText("When you have signed in, you can send Board papers.")).toBeTruthy();
  host.change({ session: script().snapshot.session });
  await waitFor(() => {
    expect(heading().textContent).toBe("Send Board papers to County Record Office");
  });
  expect(host.calls).toEqual([]);
  (await button("Check this folder")).click();
  await waitFor(() => {
    expect(host.calls).toEqual(["open offer-2 without a consignment"]);
  });
});

test.each(["cancel", "give_up"] as const)("the question before %s does not speak of a consignment that is not there", async (asking) => {
  const now = transfer(asking === "cancel" ? {} : { ...settling, destination: "County Record Office" });
  await renderApp({ ...HERE, asking } as Route, toService({}, [{ ...now, destination: "County Record Office" }]));
  expect(document.querySelector("main")?.textContent).not.toMatch(/consignment|TDR|National Archives|is told/);
});

test("a receipt of such a service has no website to continue on and no checks", async () => {
  const receiptOf = { ...receipt, destination: "County Record Office", consignment_id: null, series: null, website: null, handed_over: null, checks: null };
  const played = toService({ receipt: { value: { ...receiptOf, not_sent: 0 } } }, [transfer({ phase: "finished", has_receipt: true })]);
  await renderApp(HERE, played);
  expect(await screen.findByText("Every file was uploaded.")).toBeTruthy();
  expect(document.querySelector("main")?.textContent).not.toMatch(/TDR website|National Archives|checks/);
  expect(screen.queryByRole("button", { name: /website/i })).toBeNull();
});
