import { show } from '../../../utils/options.js';

/**
 * Creates a segmenter, at call time.
 *
 * @throws {TypeError} If the runtime has no `Intl.Segmenter`, or the locale is not a string.
 * @throws {RangeError} If the locale is not a valid language tag.
 */
export function createSegmenter(
  caller: string,
  granularity: 'word' | 'sentence',
  locale: string | undefined,
): Intl.Segmenter {
  if (!('Segmenter' in Intl)) {
    throw new TypeError(
      `${caller}: this runtime has no Intl.Segmenter, which Firefox has since version 125. Load a polyfill, such as @formatjs/intl-segmenter.`,
    );
  }
  if (locale !== undefined && typeof locale !== 'string') {
    throw new TypeError(`${caller}: locale must be a language tag, such as 'en' or 'zh-Hant', got ${typeof locale}.`);
  }
  try {
    return new Intl.Segmenter(locale, { granularity });
  } catch (cause) {
    throw new RangeError(`${caller}: locale must be a language tag, such as 'en' or 'zh-Hant', got ${show(locale)}.`, {
      cause,
    });
  }
}
