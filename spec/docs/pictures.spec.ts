import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { concat, concatMap, defer, from, mergeMap, throwError, timer, type Observable } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { parsePicture, type Picture, type PictureRow } from '../../scripts/docs/picture.js';
import {
  continueOnConnectionError,
  finalText,
  idleTimeout,
  retryOnConnectionError,
  shareMessage,
  type MessageStreamEvent,
  type RebuiltEvent,
} from '../../src/index.js';
import { blockStart, blockStop, messageDelta, messageStart, messageStop, ping, textDelta } from '../support/events.js';
import { marbles } from '../support/marbles.js';
import { lost } from './support/diagramEvents.js';

type Event = MessageStreamEvent | RebuiltEvent;

const FOLDER = join(__dirname, '../../docs/marbles');
const pictureOf = (file: string) => parsePicture(readFileSync(join(FOLDER, file), 'utf8'));
const files = readdirSync(FOLDER).filter((file) => file.endsWith('.txt'));

/** The results of the operator of a picture, one for each row, from the requests that its sources are. */
type Run = (requests: readonly Observable<Event>[], picture: Picture) => readonly Observable<Event | string>[];

const oneByOne = (requests: readonly Observable<Event>[]) => {
  const left = [...requests];
  return defer(() => left.shift() ?? throwError(() => new Error('The picture has no further request.')));
};

const cases: Readonly<Record<string, Run>> = {
  'continue.txt': ([first, second = throwError(() => lost)], picture) => [
    oneByOne([first ?? second]).pipe(
      continueOnConnectionError({ continueWith: () => second, initialDelayMs: waitOf(picture), jitter: 0 }),
    ),
  ],
  'incomplete.txt': (requests) => [oneByOne(requests).pipe(finalText())],
  'restart.txt': (requests, picture) => [
    oneByOne(requests).pipe(
      retryOnConnectionError({ whenStarted: 'restart', initialDelayMs: waitOf(picture), jitter: 0 }),
    ),
  ],
  'retry.txt': (requests, picture) => [
    oneByOne(requests).pipe(retryOnConnectionError({ initialDelayMs: waitOf(picture), jitter: 0 })),
  ],
  'share.txt': (requests, { results }) => {
    const shared$ = oneByOne(requests).pipe(shareMessage());
    return results.map(({ marbles: row }, index) =>
      index === 0 ? shared$ : timer(row.search(/[^-]/)).pipe(mergeMap(() => shared$)),
    );
  },
  'timeout.txt': (requests) => [oneByOne(requests).pipe(idleTimeout({ idleMs: 7 }))],
};

/** How long the second request comes after the end of the first, in columns. */
function waitOf({ sources: [first, second] }: Picture): number {
  return (second?.marbles.search(/\w/) ?? 0) - (first?.marbles.indexOf('#') ?? 0);
}

/** What a row receives from the API. A picture omits the other events around the text of a message. */
function requestOf({ marbles: row, words }: PictureRow, index: number, { cold }: RunHelpers): Observable<Event> {
  const received = cold(index === 0 ? row : row.replace(/^-+/, ''), words, lost);
  return concat(received.pipe(concatMap(eventsOf)), from([blockStop(), messageDelta(), messageStop]));
}

function eventsOf(word: string): readonly MessageStreamEvent[] {
  if (word === 'start') return [messageStart(), blockStart(0, { type: 'text', text: '' })];
  return [word === 'ping' ? ping : textDelta(word)];
}

/** The word that a picture has for an event, if it shows it. */
function wordOf(event: Event | string): readonly string[] {
  if (typeof event === 'string') return [event];
  switch (event.type) {
    case 'message_start':
      return ['start'];
    case 'content_block_delta':
      return event.delta.type === 'text_delta' ? [event.delta.text] : [];
    case 'message_delta':
      return event.delta.stop_reason === null ? ['usage'] : [];
    case 'message_restart':
      return ['restart'];
    case 'message_reconnect':
      return ['reconnect'];
    case 'ping':
      return ['ping'];
    default:
      return [];
  }
}

function run(name: string, picture: Picture): void {
  marbles((helpers) => {
    const requests = picture.sources.map((row, index) => requestOf(row, index, helpers));
    const results = cases[name]?.(requests, picture) ?? [];
    expect(results).toHaveLength(picture.results.length);
    picture.results.forEach(({ marbles: row, words }, index) => {
      const shown$ = (results[index] ?? from([])).pipe(concatMap(wordOf));
      helpers.expectObservable(shown$).toBe(row, words, expect.any(Error));
    });
  })();
}

const withWords = files.filter((file) => pictureOf(file).results.some(({ words }) => Object.keys(words).length > 0));

describe('The picture', () => {
  it.each(files)('%s shows what the operator does', (file) => {
    expect(() => {
      run(file, pictureOf(file));
    }).not.toThrow();
  });

  it.each(files)('%s is found if its times are wrong', (file) => {
    const picture = pictureOf(file);
    const results = picture.results.map((row) => ({ ...row, marbles: `-${row.marbles}` }));

    expect(() => {
      run(file, { ...picture, results });
    }).toThrow();
  });

  it.each(withWords)('%s is found if its words are wrong', (file) => {
    const picture = pictureOf(file);
    const results = picture.results.map((row) => ({ ...row, words: { ...row.words, a: 'other' } }));

    expect(() => {
      run(file, { ...picture, results });
    }).toThrow();
  });
});
