/**
 * A language that nobody speaks: every letter accented, every text a third longer, brackets around each message. What is read
 * without accents is not in `words/`; what is cut or pushes something out of the window will not have room for Welsh either.
 */

const PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ACCENTED = "ȦƁÇĐÉƑĞĦÎĴĶĹṀÑØÞɊŘŠŢÛṼŴẊÝŽȧƀçđéƒğħîĵķĺɱñøþɋřšţûṽŵẋýž";
const LETTERS = new Map([...PLAIN].map((letter, at) => [letter, [...ACCENTED][at] ?? letter]));

/** A third longer: vowels are doubled until it is. */
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

/** Where a message begins and ends. */
export function bracketed(text: string): string {
  return text === "" ? "" : `[${text}]`;
}

const BACK = new Map([...LETTERS].map(([letter, accent]) => [accent, letter]));

/** What stays the same of a text in both languages: its consonants. By it a button is found that was named in English. */
export function skeleton(text: string): string {
  return [...text]
    .map((letter) => BACK.get(letter) ?? letter)
    .join("")
    .replace(/[aeiou[\]]/g, "");
}
