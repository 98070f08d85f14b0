/**
 * Which changes of state a screen reader reads out: those that last.
 *
 * Owner: the frame. A transfer that repeatedly waits for a moment and resumes would talk without end; a state that has
 * not lasted for `HELD` is not read out, nor is a return to what was read out last. Changes at the same moment are read out together:
 * there is one place that is read out, and of several texts that are put there only the last would be heard.
 */

/** Milliseconds. */
export const HELD = 2_000;

/** A transfer, and the state that it is in. */
export type Heard = { id: string; folder: string; state: string };

/** `due`: when its state is read out, unless it changes first; `null` if there is nothing to read out. */
type Known = { heard: Heard; told: string; due: symbol | null };

export class ReadOut {
  readonly #tell: (changed: readonly Heard[]) => void;
  /** By transfer. */
  readonly #known = new Map<string, Known>();

  constructor(tell: (changed: readonly Heard[]) => void) {
    this.#tell = tell;
  }

  /** These transfers are in these states now. The first that is heard of one is no change. */
  hear(all: readonly Heard[]): void {
    const due = Symbol();
    for (const heard of all) this.#hear(heard, due);
    if (![...this.#known.values()].some((known) => known.due === due)) return;
    setTimeout(() => {
      this.#say(due);
    }, HELD);
  }

  #hear(heard: Heard, due: symbol): void {
    const known = this.#known.get(heard.id);
    if (known === undefined) {
      this.#known.set(heard.id, { heard, told: heard.state, due: null });
    } else if (known.heard.state !== heard.state) {
      known.heard = heard;
      known.due = known.told === heard.state ? null : due;
    }
  }

  #say(due: symbol): void {
    const changed = [...this.#known.values()].filter((known) => known.due === due);
    for (const known of changed) {
      known.told = known.heard.state;
      known.due = null;
    }
    if (changed.length > 0) this.#tell(changed.map(({ heard }) => heard));
  }
}
