import { render, screen, waitFor } from "@testing-library/svelte";
import { expect, test } from "vitest";

import LongList from "./LongList.svelte";

type Row = { item: number; state: string };

/** Renders a list that reads the current value of `rows`. */
function renderList(rows: () => readonly Row[] | null) {
  const props = {
    name: "Files",
    kind: "files" as const,
    count: rows()?.length ?? 6,
    columns: [{ title: "Path" }, { title: "State" }],
    fetch: (offset: number, limit: number) => Promise.resolve(rows()?.slice(offset, offset + limit) ?? null),
    cells: ({ item, state }: Row) => [`file ${String(item)}`, state],
    keyOf: ({ item }: Row) => item,
    problem: "The list of files cannot be read.",
    chosen: null as Row | null,
    lost: false,
    version: 0,
  };
  const { rerender } = render(LongList<Row>, props);
  return { rerender };
}

const row = (text: string) => screen.getByText(text).closest("[role=row]");

/** Returns the first text of the selected row, as screen readers read it. */
const selected = () => document.querySelector("[aria-selected=true] bdi:last-child")?.textContent ?? null;

test("the selection follows its file when the list moves", async () => {
  let rows: Row[] = [1, 2, 3, 4, 5, 6].map((item) => ({ item, state: "Waiting" }));
  const { rerender } = renderList(() => rows);
  await waitFor(() => row("file 4"));
  row("file 4")?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await waitFor(() => {
    expect(selected()).toBe("file 4");
  });
  rows = rows.slice(2);
  await rerender({ version: 1, count: rows.length });
  await waitFor(() => {
    expect(screen.queryByText("file 1")).toBeNull();
    expect(selected()).toBe("file 4");
  });
  expect(row("file 4")?.getAttribute("aria-rowindex")).toBe("3");
});

test("no other file is selected when the selected one has left the list", async () => {
  let rows: Row[] = [1, 2, 3, 4, 5, 6].map((item) => ({ item, state: "Waiting" }));
  const { rerender } = renderList(() => rows);
  await waitFor(() => row("file 2"));
  row("file 2")?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  await waitFor(() => {
    expect(selected()).toBe("file 2");
  });
  rows = rows.filter(({ item }) => item !== 2);
  await rerender({ version: 1, count: rows.length });
  await waitFor(() => {
    expect(screen.queryByText("file 2")).toBeNull();
  });
  expect(selected()).toBeNull();
});

test("a list that cannot be read says so, and can be read again", async () => {
  let rows: Row[] | null = null;
  renderList(() => rows);
  await waitFor(() => {
    expect(screen.getByRole("alert").textContent).toBe("The list of files cannot be read.");
  });
  expect(screen.queryByText("Loading…")).toBeNull();
  rows = [1, 2, 3, 4, 5, 6].map((item) => ({ item, state: "Sent" }));
  screen.getByRole("button", { name: "Try again" }).click();
  await waitFor(() => row("file 1"));
  expect(screen.queryByRole("alert")).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole("grid"));
});
