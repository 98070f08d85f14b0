import { render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";

import App from "../App.svelte";
import { Frame } from "../frame.svelte";
import { NOW } from "../host/fake/data";
import { FakeHost } from "../host/fake/fake";
import { scenes } from "../host/fake/scenes";

test("the summary shows the new speed limit and stays open", async () => {
  const scene = scenes.find(({ name }) => name === "transfer");
  if (!scene) throw new Error("there is no such scene");
  const frame = new Frame(new FakeHost(scene.script), () => NOW);
  frame.route = scene.route;
  render(App, { frame });
  await frame.start();
  const summary = await screen.findByText("Limit the speed");
  const details = summary.closest("details");
  if (!details) throw new Error("there is no box to open");
  details.open = true;
  const select = await screen.findByLabelText<HTMLSelectElement>("Speed limit");
  select.selectedIndex = 2;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  (await screen.findByRole("button", { name: "Set the limit" })).click();
  await screen.findByText("The speed limit has been set.");
  await screen.findByText("Limit the speed (limited to 500 KB a second)");
  expect(details.open).toBe(true);
});
