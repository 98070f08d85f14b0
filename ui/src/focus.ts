/**
 * Where the keyboard is when what had the focus goes away: at the view's heading, and not nowhere.
 *
 * Owner: the window. A button that has done its work often vanishes with what it stood in (a notice, a banner, a question). No
 * view has to think of it.
 */

/** Watches the document until the answer is called. */
export function keepFocus(): () => void {
  let last: Node | null = null;
  function remember({ target }: FocusEvent): void {
    last = target instanceof Node ? target : null;
  }
  function look(): void {
    if (last === null || last.isConnected) return;
    last = null;
    const { activeElement, body } = document;
    // A view that has just come has taken the focus already.
    if (activeElement === null || activeElement === body) document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }
  const observer = new MutationObserver(look);
  observer.observe(document.body, { childList: true, subtree: true });
  document.addEventListener("focusin", remember);
  return () => {
    observer.disconnect();
    document.removeEventListener("focusin", remember);
  };
}
