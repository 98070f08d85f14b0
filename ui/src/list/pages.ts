/**
 * The rows of a long list, fetched a page at a time.
 *
 * Owner: the list on the screen. Only the most recently visible pages are kept, so memory does not grow with the list. At
 * most two requests run at a time, and visible rows are requested first, so scrolling quickly past a million rows requests
 * only those where it stops. A page that failed is requested again after a refresh, or when it becomes visible again.
 */

/** The number of rows of a page, which is the program's limit. */
export const PAGE = 200;
const MAX_PAGES = 12;
const MAX_REQUESTS = 2;

/** Fetches rows; resolves to `null` if that fails. */
export type Fetch<Row> = (offset: number, limit: number) => Promise<readonly Row[] | null>;

type Page<Row> = { rows: readonly Row[]; stale: boolean };

export class Pages<Row> {
  readonly #fetch: Fetch<Row>;
  readonly #changed: () => void;
  /** By page number, the most recently visible last. */
  readonly #pages = new Map<number, Page<Row>>();
  readonly #loading = new Set<number>();
  #wanted: number[] = [];
  /** How many times all pages were marked as stale. */
  #generation = 0;
  /** Pages that failed while they were wanted, and are still wanted. */
  readonly #failed = new Set<number>();
  #closed = false;

  /** `changed` is called whenever rows may have changed. */
  constructor(fetch: Fetch<Row>, changed: () => void) {
    this.#fetch = fetch;
    this.#changed = changed;
  }

  /** Whether a visible page failed. */
  get failed(): boolean {
    return this.#failed.size > 0;
  }

  /** Returns a row, if it is loaded. */
  row(index: number): Row | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.rows[index % PAGE];
  }

  /** Returns the index of a matching row among the current ones; `null` if there is none. */
  find(matches: (row: Row) => boolean): number | null {
    for (const [page, { rows, stale }] of this.#pages) {
      const index = stale ? -1 : rows.findIndex(matches);
      if (index >= 0) return page * PAGE + index;
    }
    return null;
  }

  /** Loads the rows that are now visible. */
  show(first: number, last: number): void {
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
    this.#loadWanted();
  }

  /** Marks all rows as stale. They are kept until they are fetched again. */
  refresh(): void {
    this.#generation += 1;
    for (const page of this.#pages.values()) page.stale = true;
    this.#failed.clear();
    this.#loadWanted();
  }

  /** Stops requests and calls of `changed`. */
  close(): void {
    this.#closed = true;
  }

  #loadWanted(): void {
    if (this.#closed) return;
    for (const page of this.#wanted) {
      if (this.#loading.size >= MAX_REQUESTS) return;
      const here = this.#pages.get(page);
      if ((!here || here.stale) && !this.#loading.has(page) && !this.#failed.has(page)) void this.#load(page);
    }
  }

  async #load(page: number): Promise<void> {
    this.#loading.add(page);
    const generation = this.#generation;
    const rows = await this.#fetch(page * PAGE, PAGE).catch(() => null);
    this.#loading.delete(page);
    if (this.#closed) return;
    if (rows === null) {
      if (this.#wanted.includes(page)) this.#failed.add(page);
    } else {
      this.#failed.delete(page);
      this.#pages.delete(page);
      this.#pages.set(page, { rows, stale: generation !== this.#generation });
      this.#removeOldPages();
    }
    this.#changed();
    this.#loadWanted();
  }

  #removeOldPages(): void {
    for (const page of this.#pages.keys()) {
      if (this.#pages.size <= MAX_PAGES) return;
      if (!this.#wanted.includes(page)) this.#pages.delete(page);
    }
  }
}
