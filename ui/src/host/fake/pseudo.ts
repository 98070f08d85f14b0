/**
 * A pseudo-language: every letter is accented, every text is a third longer, and each message is in brackets. Text without
 * accents is not from `words/`. Text that is cut off or overflows the window will not have enough space in Welsh either.
 */

const PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ACCENTED = "ȦƁÇĐÉƑĞĦÎĴĶĹṀÑØÞɊŘŠŢÛṼŴẊÝŽȧƀçđéƒğħîĵķĺɱñøþɋřšţûṽŵẋýž";
const LETTERS = new Map([...PLAIN].map((letter, at) => [letter, [...ACCENTED][at] ?? letter]));

/** Accents a text and doubles vowels until it is a third longer. */
export function accented(text: string): string {
  let more = Math.ceil([...text].filter((letter) => LETTERS.has(letter)).length / 3);
  return [...text]
    .map((letter) => {
      const accent = LETTERS.get(letter) ?? letter;
      if (more === 0 || !/[aeiou]/.test(letter)) return accent;
      more -= 1;
      return accent + accent;
    })
    .join("");
}

/** Marks the start and end of a message. */
export function bracketed(text: string): string {
  return text === "" ? "" : `[${text}]`;
}

const BACK = new Map([...LETTERS].map(([letter, accent]) => [accent, letter]));

/** Returns the consonants of a text, which are the same in both languages, to find a button by its English name. */
export function skeleton(text: string): string {
  return [...text]
    .map((letter) => BACK.get(letter) ?? letter)
    .join("")
    .replace(/[aeiou[\]]/g, "");
}
