import { configure, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";

import App from "./App.svelte";
import { Frame } from "./frame.svelte";
import { NOW } from "./host/fake/data";
import { FakeHost } from "./host/fake/fake";
import { scenes } from "./host/fake/scenes";

// A machine that does much else draws slowly.
configure({ asyncUtilTimeout: 20_000 });
vi.setConfig({ testTimeout: 60_000 });

beforeEach(() => {
  window.scrollTo = vi.fn() as typeof window.scrollTo;
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe = vi.fn();
      unobserve = vi.fn();
      disconnect = vi.fn();
    },
  );
});

/** The window in a scene of the gallery, before anything is pressed there. */
async function shown(name: string): Promise<{ frame: Frame; host: FakeHost }> {
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

test("files that were set aside are a question with one way to try again, and no stop", async () => {
  const { host } = await shown("transfer-settling");
  expect(await screen.findByRole("region", { name: "2 files could not be sent" })).toBeTruthy();
  expect(screen.queryByRole("region", { name: "Stopped" })).toBeNull();
  // It throws where there are two.
  (await button("Try again")).click();
  await waitFor(() => {
    expect(host.asked).toEqual(["try_again transfer-1"]);
  });
  (await button("Give up the transfer")).click();
  expect(await screen.findByRole("heading", { level: 1, name: "Give up this transfer?" })).toBeTruthy();
  expect(text()).not.toContain("Stopped");
});
