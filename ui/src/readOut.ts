/**
 * Which changes of state a screen reader reads out: those that last.
 *
 * Owner: the frame. A transfer that is held for a moment and goes on, over and over, would talk without end; a state that has
 * not held for `HELD` is not told, and neither is the return to what was told last.
 */

/** Milliseconds. */
export const HELD = 2_000;

type Heard = { told: string; now: string; timer: ReturnType<typeof setTimeout> | undefined };

export class ReadOut {
  readonly #tell: (folder: string, state: string) => void;
  /** By transfer. */
  readonly #heard = new Map<string, Heard>();

  constructor(tell: (folder: string, state: string) => void) {
    this.#tell = tell;
  }

  /** A transfer is in this state now. The first that is heard of it is no change. */
  hear({ id, folder }: { id: string; folder: string }, state: string): void {
    const heard = this.#heard.get(id);
    if (heard === undefined) {
      this.#heard.set(id, { told: state, now: state, timer: undefined });
      return;
    }
    if (heard.now === state) return;
    heard.now = state;
    clearTimeout(heard.timer);
    if (heard.told === state) return;
    heard.timer = setTimeout(() => {
      heard.told = state;
      this.#tell(folder, state);
    }, HELD);
  }
}
