/**
 * The rows of a long list, fetched a page at a time and forgotten again.
 *
 * Owner: the list on the screen. Only the pages that were seen last are kept, so memory does not grow with the list. At
 * most two questions are out at a time, and what is seen now is asked for first: a scroll bar that flies past a million rows
 * asks for where it lands, not for what it passed. A page that cannot be had is not asked for again while it is looked at,
 * but after a refresh, or when the person has been elsewhere.
 */

/** Rows of one page; the program gives no more at a time. */
export const PAGE = 200;
const KEPT = 12;
const AT_ONCE = 2;

/** Fetches rows; gives `null` where they cannot be had. */
export type Fetch<Row> = (offset: number, limit: number) => Promise<readonly Row[] | null>;

type Page<Row> = { rows: readonly Row[]; stale: boolean };

export class Pages<Row> {
  readonly #fetch: Fetch<Row>;
  readonly #changed: () => void;
  /** By page number, the last seen last. */
  readonly #pages = new Map<number, Page<Row>>();
  readonly #asked = new Set<number>();
  #wanted: number[] = [];
  /** How often everything has been called stale. */
  #generation = 0;
  /** Pages that were wanted when they could not be had, and are wanted still. */
  readonly #failed = new Set<number>();
  #closed = false;

  /** `changed` is called whenever a row may have become another. */
  constructor(fetch: Fetch<Row>, changed: () => void) {
    this.#fetch = fetch;
    this.#changed = changed;
  }

  /** Something that is seen now could not be had. */
  get failed(): boolean {
    return this.#failed.size > 0;
  }

  /** A row, where it is here. */
  row(index: number): Row | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.rows[index % PAGE];
  }

  /** Where such a row is among those that are here and true; `null` where it is not. */
  find(fits: (row: Row) => boolean): number | null {
    for (const [page, { rows, stale }] of this.#pages) {
      const place = stale ? -1 : rows.findIndex(fits);
      if (place >= 0) return page * PAGE + place;
    }
    return null;
  }

  /** These rows are seen now. */
  want(first: number, last: number): void {
    this.#wanted = [];
    for (let page = Math.floor(first / PAGE); page * PAGE < last; page += 1) {
      this.#wanted.push(page);
      const here = this.#pages.get(page);
      if (here) {
        this.#pages.delete(page);
        this.#pages.set(page, here);
      }
    }
    const failed = this.failed;
    for (const page of this.#failed) if (!this.#wanted.includes(page)) this.#failed.delete(page);
    if (this.failed !== failed) this.#changed();
    this.#ask();
  }

  /** What is here may not be true any more: it stays until it is fetched again. */
  refresh(): void {
    this.#generation += 1;
    for (const page of this.#pages.values()) page.stale = true;
    this.#failed.clear();
    this.#ask();
  }

  /** Nothing more is asked or told. */
  close(): void {
    this.#closed = true;
  }

  #ask(): void {
    if (this.#closed) return;
    for (const page of this.#wanted) {
      if (this.#asked.size >= AT_ONCE) return;
      const here = this.#pages.get(page);
      if ((!here || here.stale) && !this.#asked.has(page) && !this.#failed.has(page)) void this.#load(page);
    }
  }

  async #load(page: number): Promise<void> {
    this.#asked.add(page);
    const generation = this.#generation;
    const rows = await this.#fetch(page * PAGE, PAGE).catch(() => null);
    this.#asked.delete(page);
    if (this.#closed) return;
    if (rows === null) {
      if (this.#wanted.includes(page)) this.#failed.add(page);
    } else {
      this.#failed.delete(page);
      this.#pages.delete(page);
      this.#pages.set(page, { rows, stale: generation !== this.#generation });
      this.#forget();
    }
    this.#changed();
    this.#ask();
  }

  #forget(): void {
    for (const page of this.#pages.keys()) {
      if (this.#pages.size <= KEPT) return;
      if (!this.#wanted.includes(page)) this.#pages.delete(page);
    }
  }
}
