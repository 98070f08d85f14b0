import "./style.scss";

import { mount } from "svelte";

import App from "./App.svelte";
import { tauriHost } from "./host/tauri";

const target = document.getElementById("app");
if (target === null) {
  throw new Error("index.html has no place for the page");
}
mount(App, { target, props: { host: tauriHost } });
