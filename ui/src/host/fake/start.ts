/**
 * Shows the window in a plain browser: a scene with `?scene=NAME`, the list of scenes with `?gallery`, otherwise a whole transfer.
 * `&pseudo` shows any of them in the pseudo-language.
 */

import { flushSync, mount, tick } from "svelte";

import App from "../../App.svelte";
import { Frame } from "../../frame.svelte";
import { NOW } from "./data";
import { FakeHost } from "./fake";
import Gallery from "./Gallery.svelte";
import { Journey } from "./journey";
import { skeleton } from "./pseudo";
import { recording, remember } from "./recording";
import { type Scene, scenes } from "./scenes";

export async function startFake(target: HTMLElement): Promise<void> {
  const asked = new URLSearchParams(window.location.search);
  if (asked.has("gallery")) {
    document.title = "Every view in every state – Waybill";
    mount(Gallery, { target });
    ready();
    return;
  }
  const name = asked.get("scene");
  if (name === null) {
    const frame = new Frame(new Journey(Number(asked.get("speed") ?? "1"), asked.has("hold")));
    mount(App, { target, props: { frame } });
    await frame.start();
    ready();
    return;
  }
  const scene = scenes.find((one) => one.name === name);
  if (!scene) throw new Error(`there is no scene ${name}`);
  await play(scene, target);
}

async function play(scene: Scene, target: HTMLElement): Promise<void> {
  const host = new FakeHost(scene.script);
  let clock = NOW - 10_000;
  const frame = new Frame(recording(host), () => clock);
  frame.route = scene.route;
  mount(App, { target, props: { frame } });
  await frame.start();
  await settled();
  // Ten seconds later, so that the estimate is shown.
  clock = NOW;
  host.change({ transfers: host.script.snapshot.transfers.map((transfer) => ({ ...transfer })) });
  scene.then?.(frame, host);
  for (const text of scene.press ?? []) {
    await settled();
    button(text).click();
  }
  for (const value of scene.choose ?? []) {
    await settled();
    choose(value);
  }
  for (const key of scene.keys ?? []) {
    await settled();
    document.querySelector("[role=grid]")?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  }
  await settled();
  remember([scene.route, frame.offer, frame.opening, frame.unopened]);
  ready();
}

/** Returns a button by the start of its English text. */
function button(text: string): HTMLElement {
  const all = [...document.querySelectorAll<HTMLElement>("button, summary")];
  const pseudo = new URLSearchParams(window.location.search).has("pseudo");
  const shown = (one: HTMLElement) => one.textContent.trim().replace(/^[▸▾]\s*/, "");
  const found = all.find((one) => (pseudo ? skeleton(shown(one)).startsWith(skeleton(text)) : shown(one).startsWith(text)));
  if (!found) throw new Error(`there is no button ${text}`);
  return found;
}

function choose(value: string): void {
  const select = [...document.querySelectorAll("select")].at(-1);
  if (!select) throw new Error("there is nothing to choose from");
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Waits until replies have arrived and are drawn. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => {
      requestAnimationFrame(resolve);
    });
    await tick();
    flushSync();
  }
}

function ready(): void {
  document.documentElement.dataset["ready"] = "";
}
