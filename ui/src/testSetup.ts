/** What jsdom lacks, and patience, for every test. */

import { configure } from "@testing-library/svelte";
import { beforeEach, vi } from "vitest";

// A machine that does much else draws slowly.
configure({ asyncUtilTimeout: 20_000 });
vi.setConfig({ testTimeout: 60_000 });

beforeEach(() => {
  window.scrollTo = vi.fn() as typeof window.scrollTo;
  // There is no layout here; rows of lists are one pixel high, and the spare ones are drawn.
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe = vi.fn();
      unobserve = vi.fn();
      disconnect = vi.fn();
    },
  );
});
