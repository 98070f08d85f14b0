/** Adds what jsdom lacks, and sets longer time limits, for every test. */

import { configure } from "@testing-library/svelte";
import { beforeEach, vi } from "vitest";

// A busy machine draws slowly.
configure({ asyncUtilTimeout: 20_000 });
vi.setConfig({ testTimeout: 60_000 });

beforeEach(() => {
  window.scrollTo = vi.fn() as typeof window.scrollTo;
  // jsdom has no layout, so rows are one pixel high and only the spare ones are drawn.
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe = vi.fn();
      unobserve = vi.fn();
      disconnect = vi.fn();
    },
  );
});
