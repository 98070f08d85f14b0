/**
 * Selects the changes of state that a screen reader reads out: those that last.
 *
 * Owner: the frame. A transfer that repeatedly waits for a moment and resumes would be read out constantly, so a state that
 * has not lasted for `DELAY` is not read out, nor is a return to the state that was read out last. Changes at the same time
 * are read out together, because only the last of several texts in the live region would be heard.
 */

/** How long a state must last before it is read out, in milliseconds. */
export const DELAY = 2_000;

/** A transfer and its state. */
export type TransferState = { id: string; folder: string; state: string };

/** `due`: when its state is read out, unless it changes first; `null` if there is nothing to read out. */
type Known = { current: TransferState; announced: string; due: symbol | null };

export class ReadOut {
  readonly #announce: (changed: readonly TransferState[]) => void;
  /** By transfer. */
  readonly #known = new Map<string, Known>();

  constructor(announce: (changed: readonly TransferState[]) => void) {
    this.#announce = announce;
  }

  /** Updates the states of transfers. The first state of a transfer is not a change. */
  update(all: readonly TransferState[]): void {
    const due = Symbol();
    for (const current of all) this.#updateOne(current, due);
    if (![...this.#known.values()].some((known) => known.due === due)) return;
    setTimeout(() => {
      this.#announceDue(due);
    }, DELAY);
  }

  #updateOne(current: TransferState, due: symbol): void {
    const known = this.#known.get(current.id);
    if (known === undefined) {
      this.#known.set(current.id, { current, announced: current.state, due: null });
    } else if (known.current.state !== current.state) {
      known.current = current;
      known.due = known.announced === current.state ? null : due;
    }
  }

  #announceDue(due: symbol): void {
    const changed = [...this.#known.values()].filter((known) => known.due === due);
    for (const known of changed) {
      known.announced = known.current.state;
      known.due = null;
    }
    if (changed.length > 0) this.#announce(changed.map(({ current }) => current));
  }
}
