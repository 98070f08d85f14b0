import { expect, test } from "vitest";

import { PAGE, Pages } from "./pages";

/** Returns a list whose replies arrive when the test sends them. */
function slowList() {
  const asked: { offset: number; answer: (rows: readonly number[] | null) => void }[] = [];
  const fetch = (offset: number) =>
    new Promise<readonly number[] | null>((resolve) => {
      asked.push({ offset, answer: resolve });
    });
  const answer = async (number: number, from?: number) => {
    const question = asked[number];
    const first = from ?? question?.offset ?? 0;
    question?.answer(Array.from({ length: PAGE }, (_, index) => first + index));
    await settled();
  };
  return { asked, fetch, answer };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

test("only visible pages are requested, each once", async () => {
  const list = slowList();
  const pages = new Pages(list.fetch, () => undefined);
  pages.show(390, 410);
  pages.show(391, 411);
  expect(list.asked.map(({ offset }) => offset)).toEqual([200, 400]);
  await list.answer(0);
  await list.answer(1);
  expect(pages.row(399)).toBe(399);
  expect(pages.row(0)).toBeUndefined();
  pages.show(392, 412);
  expect(list.asked).toHaveLength(2);
});

test("scrolling quickly requests only the rows where it stops", async () => {
  const list = slowList();
  const pages = new Pages(list.fetch, () => undefined);
  for (let row = 0; row < 100_000; row += 1000) pages.show(row, row + 20);
  expect(list.asked).toHaveLength(2);
  await list.answer(0);
  await list.answer(1);
  expect(list.asked.slice(2).map(({ offset }) => offset)).toEqual([99_000]);
});

test("memory does not grow with the list", async () => {
  let held = 0;
  const pages = new Pages((offset) => Promise.resolve(Array.from({ length: PAGE }, (_, index) => offset + index)), () => undefined);
  for (let page = 0; page < 50; page += 1) {
    pages.show(page * PAGE, page * PAGE + 10);
    await settled();
  }
  for (let page = 0; page < 50; page += 1) if (pages.row(page * PAGE) !== undefined) held += 1;
  expect(held).toBe(12);
  expect(pages.row(49 * PAGE)).toBe(49 * PAGE);
});

test("a refreshed list keeps its rows until the new ones arrive", async () => {
  const list = slowList();
  const pages = new Pages(list.fetch, () => undefined);
  pages.show(0, 10);
  await list.answer(0);
  pages.refresh();
  expect(pages.row(0)).toBe(0);
  await list.answer(1, 5000);
  expect(pages.row(0)).toBe(5000);
});

test("a failed page does not stop the list, and is requested again when it is next visible", async () => {
  const list = slowList();
  let changes = 0;
  const pages = new Pages(list.fetch, () => (changes += 1));
  pages.show(0, 10);
  list.asked[0]?.answer(null);
  await settled();
  expect(pages.failed).toBe(true);
  pages.show(1000, 1010);
  expect(pages.failed).toBe(false);
  expect(changes).toBe(2);
  await list.answer(1);
  expect(pages.row(1000)).toBe(1000);
  pages.show(0, 10);
  await list.answer(2);
  expect(list.asked.map(({ offset }) => offset)).toEqual([0, 1000, 0]);
  expect(pages.row(0)).toBe(0);
  expect(pages.failed).toBe(false);
});

test("the failure of a page that is no longer visible is not shown", async () => {
  const list = slowList();
  const pages = new Pages(list.fetch, () => undefined);
  pages.show(0, 10);
  pages.show(1000, 1010);
  list.asked[0]?.answer(null);
  await settled();
  expect(pages.failed).toBe(false);
});

test("a row is found only among current rows", async () => {
  const list = slowList();
  const pages = new Pages(list.fetch, () => undefined);
  pages.show(0, 10);
  await list.answer(0);
  expect(pages.find((row) => row === 150)).toBe(150);
  pages.refresh();
  expect(pages.find((row) => row === 150)).toBeNull();
  await list.answer(1, 100);
  expect(pages.find((row) => row === 150)).toBe(50);
  expect(pages.find((row) => row === 5)).toBeNull();
});

test("a list that cannot be read is requested again only after a refresh", async () => {
  const list = slowList();
  const pages = new Pages(list.fetch, () => undefined);
  pages.show(0, 10);
  list.asked[0]?.answer(null);
  await settled();
  pages.show(0, 10);
  expect(pages.failed).toBe(true);
  expect(list.asked).toHaveLength(1);
  pages.refresh();
  expect(list.asked).toHaveLength(2);
});
