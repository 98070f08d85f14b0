import "./style.scss";

import { mount } from "svelte";

import App from "./App.svelte";
import { Frame } from "./frame.svelte";
import { isTauri, tauriHost } from "./host/tauri";
import { remember, remembered } from "./route";
import { LOCALE } from "./say";

document.documentElement.lang = LOCALE;

const target = document.getElementById("app");
if (target === null) {
  throw new Error("index.html has no element with the id 'app'");
}

/** Whether a fake program may be used: in development and in the build for browser tests, not in releases. */
const MAY_FAKE = import.meta.env.DEV || import.meta.env.MODE === "gallery";

if (MAY_FAKE && !isTauri()) {
  const { startFake } = await import("./host/fake/start");
  await startFake(target);
} else {
  const frame = new Frame(tauriHost, Date.now, remember);
  frame.route = remembered() ?? frame.route;
  mount(App, { target, props: { frame } });
  await frame.start();
  document.documentElement.dataset["ready"] = "";
}
