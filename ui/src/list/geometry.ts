/**
 * The positions of rows in a very long list.
 *
 * Browsers cannot draw an element taller than some tens of millions of pixels. A list that would be taller is drawn in an
 * element of `MAX_HEIGHT`, and the scroll bar represents a share of the list. Small movements (a wheel, a touch pad) still
 * move the rows by the same distance; only a jump of the scroll bar is converted. Any difference between the two is corrected
 * when scrolling stops. Near either end a pixel of the scroll bar is a pixel of the list, so that there is no difference
 * where scrolling ends.
 */

/**
 * The maximum height of an element, in CSS pixels. The limit is 33 million screen pixels in Safari and Chromium, and 17
 * million in Firefox, which this does not exceed even at a zoom of 500 per cent.
 */
export const MAX_HEIGHT = 3_000_000;

/** The distance from either end within which the scroll bar represents pixels instead of a share, in pixels. */
const EDGE = 60_000;

/** The sizes that determine the positions of rows, in pixels. */
export type Geometry = {
  /** Total number of rows. */
  readonly count: number;
  /** Height of each row. */
  readonly rowHeight: number;
  /** Height of the visible part. */
  readonly viewHeight: number;
};

/** The scroll position of the list. */
export type Position = {
  /** Distance from the top of the first row to the top of the view, as if the whole list were drawn. */
  readonly top: number;
  /** The element's own scroll position. */
  readonly scrollTop: number;
};

export const START: Position = { top: 0, scrollTop: 0 };

/** Returns the height of the scrolled element. */
export function canvasHeight(geometry: Geometry): number {
  return Math.min(geometry.count * geometry.rowHeight, MAX_HEIGHT);
}

/** Returns the maximum `top`. */
function maxTop({ count, rowHeight, viewHeight }: Geometry): number {
  return Math.max(0, count * rowHeight - viewHeight);
}

/** Returns the maximum scroll position. */
function maxScrollTop(geometry: Geometry): number {
  return Math.max(0, canvasHeight(geometry) - geometry.viewHeight);
}

/** Returns the position after the element was scrolled. */
export function scrolledTo(geometry: Geometry, before: Position, scrollTop: number): Position {
  const most = maxScrollTop(geometry);
  const end = maxTop(geometry);
  if (end <= most) return { top: Math.min(scrollTop, end), scrollTop };
  const moved = scrollTop - before.scrollTop;
  const small = Math.abs(moved) <= 2 * geometry.viewHeight;
  const top = small ? Math.min(end, Math.max(0, before.top + moved)) : topAt(scrollTop, most, end);
  // Browsers round the end of an element.
  return { top: end - top <= 2 && scrollTop >= most - 1 ? end : top, scrollTop };
}

/** Returns whether the element cannot be scrolled further although the list continues, so that it must be corrected immediately. */
export function isStuck(geometry: Geometry, { top, scrollTop }: Position): boolean {
  const atStart = scrollTop <= 0 && top > 0;
  const atEnd = scrollTop >= maxScrollTop(geometry) - 1 && top < maxTop(geometry);
  return atStart || atEnd;
}

/** Converts a scroll position for a list that is taller than its element: pixels near the ends, a share between them. */
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

/** Returns the position with this `top` and the matching scroll position. */
export function positionAt(geometry: Geometry, top: number): Position {
  const most = maxScrollTop(geometry);
  const end = maxTop(geometry);
  const clamped = Math.min(end, Math.max(0, top));
  return { top: clamped, scrollTop: end <= most ? clamped : scrollTopAt(clamped, most, end) };
}

/** Returns the position that shows a whole row, moved as little as possible. */
export function reveal(geometry: Geometry, before: Position, row: number): Position {
  const start = row * geometry.rowHeight;
  const end = start + geometry.rowHeight;
  if (start < before.top) return positionAt(geometry, start);
  if (end > before.top + geometry.viewHeight) return positionAt(geometry, end - geometry.viewHeight);
  return before;
}

/** Returns the rows to draw, and the distance of the first from the top of the canvas. */
export function visibleRows(geometry: Geometry, { top, scrollTop }: Position, spare: number): { first: number; last: number; offset: number } {
  const first = Math.max(0, Math.floor(top / geometry.rowHeight) - spare);
  const last = Math.min(geometry.count, Math.ceil((top + geometry.viewHeight) / geometry.rowHeight) + spare);
  return { first, last, offset: scrollTop - top + first * geometry.rowHeight };
}

/** Returns the row that a key selects; `null` for other keys. */
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
