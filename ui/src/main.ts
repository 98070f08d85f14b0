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
  throw new Error("index.html has no place for the page");
}

/** Development, or the build that the browser tests look at: then a fake program may stand in. It is not in what is shipped. */
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
