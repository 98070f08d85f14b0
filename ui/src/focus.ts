/**
 * Moves the focus to the view's heading when the focused element disappears.
 *
 * Owner: the window. A button that has done its work often disappears with its notice, banner or question. Views do not need
 * to handle that.
 */

/** Watches the document until the returned function is called. */
export function keepFocus(): () => void {
  let last: Node | null = null;
  function remember({ target }: FocusEvent): void {
    last = target instanceof Node ? target : null;
  }
  function check(): void {
    if (last === null || last.isConnected) return;
    last = null;
    const { activeElement, body } = document;
    // A new view has already taken the focus.
    if (activeElement === null || activeElement === body) document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }
  const observer = new MutationObserver(check);
  observer.observe(document.body, { childList: true, subtree: true });
  document.addEventListener("focusin", remember);
  return () => {
    observer.disconnect();
    document.removeEventListener("focusin", remember);
  };
}
