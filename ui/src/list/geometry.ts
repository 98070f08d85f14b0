/**
 * Where the rows of a very long list lie.
 *
 * Browsers cannot make an element taller than some ten millions of pixels. A list that would be is drawn in an element of
 * `MAX_HEIGHT`, and the scroll bar stands for a share of the list. Small movements (a wheel, a touch pad) still move the
 * rows by just as much; only a jump of the scroll bar is translated. What the two disagree about is made good as soon as
 * scrolling rests. Near either end a pixel of the scroll bar is a pixel of the list, so that the two cannot disagree where
 * scrolling ends.
 */

/**
 * Taller than this no element is made, in CSS pixels. Safari and Chromium end at 33 million pixels of the screen, Firefox at
 * 17: at a zoom of 500 per cent this is still within both.
 */
export const MAX_HEIGHT = 3_000_000;

/** How far from either end the scroll bar tells pixels and not shares, in pixels. */
const EDGE = 60_000;

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
  const moved = scrollTop - before.scrollTop;
  const small = Math.abs(moved) <= 2 * geometry.viewHeight;
  const top = small ? Math.min(end, Math.max(0, before.top + moved)) : topAt(scrollTop, most, end);
  // Browsers round where an element ends.
  return { top: end - top <= 2 && scrollTop >= most - 1 ? end : top, scrollTop };
}

/** Whether the element can be scrolled no further in a direction in which the list continues: it must be corrected at once. */
export function isStuck(geometry: Geometry, { top, scrollTop }: Position): boolean {
  const atStart = scrollTop <= 0 && top > 0;
  const atEnd = scrollTop >= maxScrollTop(geometry) - 1 && top < maxTop(geometry);
  return atStart || atEnd;
}

/** What a scroll position stands for in a list that is taller than its element: pixels near the ends, a share between them. */
function topAt(scrollTop: number, most: number, end: number): number {
  if (scrollTop <= EDGE) return Math.max(0, scrollTop);
  if (scrollTop >= most - EDGE) return end - Math.max(0, most - scrollTop);
  return EDGE + ((scrollTop - EDGE) / (most - 2 * EDGE)) * (end - 2 * EDGE);
}

/** The inverse of `topAt`. */
function scrollTopAt(top: number, most: number, end: number): number {
  if (top <= EDGE) return top;
  if (top >= end - EDGE) return most - (end - top);
  return EDGE + ((top - EDGE) / (end - 2 * EDGE)) * (most - 2 * EDGE);
}

/** The position with this `top`, where the scroll bar tells the truth. */
export function placedAt(geometry: Geometry, top: number): Position {
  const most = maxScrollTop(geometry);
  const end = maxTop(geometry);
  const clamped = Math.min(end, Math.max(0, top));
  return { top: clamped, scrollTop: end <= most ? clamped : scrollTopAt(clamped, most, end) };
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
