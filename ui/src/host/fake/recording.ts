/**
 * Remembers every text that the fake program has told the page: what is data, and so in no language. The test of the
 * pseudo-language asks for it.
 */

import type { Host } from "../host";

const told = new Set<string>();

declare global {
  interface Window {
    /** What the page received, for the browser tests. */
    toldToThePage?: () => string[];
  }
}

/** Remembers every text in this. */
export function remember(value: unknown): void {
  if (typeof value === "string") told.add(value);
  else if (typeof value === "object" && value !== null) Object.values(value).forEach(remember);
}

/** The same host, of which everything that goes to the page is remembered. */
export function recording(host: Host): Host {
  window.toldToThePage = () => [...told];
  return heard(host);
}

function heard<T extends object>(of: T): T {
  return new Proxy(of, {
    get(target, name) {
      const found: unknown = Reflect.get(target, name, target);
      if (typeof found !== "function") return found;
      return (...args: unknown[]) => {
        const [first] = args;
        // A listener is called with later events; anything else that is passed on came from the page or was sent to it.
        const passed = name === "listen" && typeof first === "object" && first !== null ? [heard(first)] : args;
        remember(args);
        const answer: unknown = Reflect.apply(found, target, passed);
        if (answer instanceof Promise) void answer.then(remember);
        return answer;
      };
    },
  });
}
