/**
 * Records every text that the fake program has sent to the page. This is data, and not translated. The test of the
 * pseudo-language uses it.
 */

import type { Host } from "../host";

const texts = new Set<string>();

declare global {
  interface Window {
    /** The texts that the page received, for the browser tests. */
    textsSentToPage?: () => string[];
  }
}

/** Records every text in a value. */
export function remember(value: unknown): void {
  if (typeof value === "string") texts.add(value);
  else if (typeof value === "object" && value !== null) Object.values(value).forEach(remember);
}

/** Returns the same host, but records everything that it sends to the page. */
export function recording(host: Host): Host {
  window.textsSentToPage = () => [...texts];
  return recorded(host);
}

function recorded<T extends object>(of: T): T {
  return new Proxy(of, {
    get(target, name) {
      const found: unknown = Reflect.get(target, name, target);
      if (typeof found !== "function") return found;
      return (...args: unknown[]) => {
        const [first] = args;
        // A listener is called with later events; anything else that is passed on came from the page or was sent to it.
        const passed = name === "listen" && typeof first === "object" && first !== null ? [recorded(first)] : args;
        remember(args);
        const answer: unknown = Reflect.apply(found, target, passed);
        if (answer instanceof Promise) void answer.then(remember);
        return answer;
      };
    },
  });
}
