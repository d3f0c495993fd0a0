/** Builds the events of tool calls, and reads them with `toolInput('get_weather')`. */
import { from, lastValueFrom, materialize, toArray, type Observable } from 'rxjs';
import { z } from 'zod';
import { InvalidOutputError, toolInput, type AnyEvent, type StandardSchemaV1 } from '../../../src/index.js';
import { toolUseBlock } from '../../../src/testing/index.js';
import { blockStart, messageDelta, messageStart, messageStop } from '../../support/events.js';

export const call = (index: number, id: string, name = 'get_weather'): AnyEvent =>
  blockStart(index, toolUseBlock(name, {}, { id }));

/** The events of a message that ends with its tool calls. */
export const completeMessage = (...events: readonly AnyEvent[]): AnyEvent[] => [
  messageStart(),
  ...events,
  messageDelta('tool_use'),
  messageStop,
];

export const Weather = z.object({ city: z.string(), days: z.number().int().max(14) });

/** Reads the inputs, as [id, value, done], and the error. */
export async function read(events: readonly AnyEvent[] | Observable<AnyEvent>, schema?: StandardSchemaV1) {
  const operator = schema === undefined ? toolInput('get_weather') : toolInput('get_weather', schema);
  const seen = await lastValueFrom(from(events).pipe(operator, materialize(), toArray()));
  const inputs = seen.flatMap((n) => (n.kind === 'N' ? [[n.value.id, n.value.value, n.value.done] as const] : []));
  const last = seen.at(-1);
  return { inputs, error: last?.kind === 'E' ? (last.error as unknown) : undefined };
}

export async function failureOf(events: readonly AnyEvent[], schema?: StandardSchemaV1): Promise<InvalidOutputError> {
  const { error } = await read(events, schema);
  if (error instanceof InvalidOutputError) return error;
  throw new Error('no InvalidOutputError', { cause: error });
}
