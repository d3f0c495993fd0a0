import { BULLET, NUMBER } from './blockSyntax.js';

/** The most digits of a list marker. */
const MAX_DIGITS = 9;

export interface ListMarker {
  /** What the items of a list share: a bullet, or the character after the number. */
  readonly type: string;
  readonly length: number;
  readonly canInterruptParagraph: boolean;
}

/** Reads the marker at the start of a line; undefined if there is none. */
export function readListMarker(text: string): ListMarker | undefined {
  const [marker, number] = BULLET.exec(text) ?? NUMBER.exec(text) ?? [];
  if (marker === undefined) return undefined;
  const hasText = /[^ \t]/.test(text.slice(marker.length));
  const isFirst = number === undefined || Number(number) === 1;
  return { type: marker.slice(-1), length: marker.length, canInterruptParagraph: hasText && isFirst };
}

/** Whether a line that has this beginning may start another item of a list. */
export function mayStartItem(text: string, marker: string): boolean {
  const digits = /^\d*/.exec(text)?.[0].length ?? 0;
  const isBullet = marker !== '.' && marker !== ')';
  if (isBullet ? digits > 0 : digits < 1 || digits > MAX_DIGITS) return false;
  const next = text.charAt(digits);
  if (next !== marker) return next === '';
  return ['', ' ', '\t'].includes(text.charAt(digits + 1));
}
