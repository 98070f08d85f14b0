/**
 * Where the rows of a very long list lie.
 *
 * Browsers cannot make an element taller than some ten millions of pixels. A list that would be is drawn in an element of
 * `MAX_HEIGHT`, and the scroll bar stands for a share of the list. Small movements (a wheel, a touch pad) still move the
 * rows by just as much; only a jump of the scroll bar is translated. What the two disagree about is made good as soon as
 * scrolling rests, and at either end.
 */

/** Taller than this no element is made, in pixels. Safari and Chromium end at 33 millions, Firefox at 17. */
export const MAX_HEIGHT = 12_000_000;

/** What the place of rows follows from, in pixels. */
export type Geometry = {
  /** Rows in all. */
  readonly count: number;
  /** Height of each. */
  readonly rowHeight: number;
  /** Height of what can be seen. */
  readonly viewHeight: number;
};

/** Where the list stands. */
export type Position = {
  /** Distance of the view's top from the first row's, as if the list were drawn whole. */
  readonly top: number;
  /** The element's own scroll position. */
  readonly scrollTop: number;
};

export const START: Position = { top: 0, scrollTop: 0 };

/** Height of the element that is scrolled. */
export function canvasHeight(geometry: Geometry): number {
  return Math.min(geometry.count * geometry.rowHeight, MAX_HEIGHT);
}

/** The greatest `top`. */
function maxTop({ count, rowHeight, viewHeight }: Geometry): number {
  return Math.max(0, count * rowHeight - viewHeight);
}

/** The greatest scroll position. */
function maxScrollTop(geometry: Geometry): number {
  return Math.max(0, canvasHeight(geometry) - geometry.viewHeight);
}

/** The element was scrolled. */
export function scrolledTo(geometry: Geometry, before: Position, scrollTop: number): Position {
  const most = maxScrollTop(geometry);
  const end = maxTop(geometry);
  if (end <= most) return { top: Math.min(scrollTop, end), scrollTop };
  if (scrollTop <= 0) return { top: 0, scrollTop };
  if (scrollTop >= most - 1) return { top: end, scrollTop };
  const moved = scrollTop - before.scrollTop;
  if (Math.abs(moved) <= 2 * geometry.viewHeight) {
    return { top: Math.min(end, Math.max(0, before.top + moved)), scrollTop };
  }
  return { top: (scrollTop / most) * end, scrollTop };
}

/** The position with this `top`, where the scroll bar tells the truth. */
export function placedAt(geometry: Geometry, top: number): Position {
  const most = maxScrollTop(geometry);
  const end = maxTop(geometry);
  const clamped = Math.min(end, Math.max(0, top));
  return { top: clamped, scrollTop: end <= most ? clamped : (clamped / end) * most };
}

/** The position at which a row is wholly seen, moved as little as possible. */
export function revealing(geometry: Geometry, before: Position, row: number): Position {
  const begins = row * geometry.rowHeight;
  const ends = begins + geometry.rowHeight;
  if (begins < before.top) return placedAt(geometry, begins);
  if (ends > before.top + geometry.viewHeight) return placedAt(geometry, ends - geometry.viewHeight);
  return before;
}

/** The rows to draw, and how far down the canvas the first of them lies. */
export function drawn(geometry: Geometry, { top, scrollTop }: Position, spare: number): { first: number; last: number; offset: number } {
  const first = Math.max(0, Math.floor(top / geometry.rowHeight) - spare);
  const last = Math.min(geometry.count, Math.ceil((top + geometry.viewHeight) / geometry.rowHeight) + spare);
  return { first, last, offset: scrollTop - top + first * geometry.rowHeight };
}

/** Which row a key leads to; `null` for a key that moves nothing. */
export function rowAfterKey(key: string, row: number, geometry: Geometry): number | null {
  const page = Math.max(1, Math.floor(geometry.viewHeight / geometry.rowHeight) - 1);
  const to: Partial<Record<string, number>> = {
    ArrowDown: row + 1,
    ArrowUp: row - 1,
    PageDown: row + page,
    PageUp: row - page,
    Home: 0,
    End: geometry.count - 1,
  };
  const next = to[key];
  return next === undefined ? null : Math.min(geometry.count - 1, Math.max(0, next));
}
