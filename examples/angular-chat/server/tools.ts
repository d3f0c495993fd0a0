import { createHash } from 'node:crypto';
import { concatMap, delay, from, of } from 'rxjs';
import { defineTool } from 'rxjs-anthropic';
import { z } from 'zod';

const RESTAURANTS = [
  { restaurant: 'Cervejaria Ramiro', area: 'Intendente', free: ['19:00', '21:30'] },
  { restaurant: 'Taberna da Rua das Flores', area: 'Chiado', free: ['19:30'] },
  { restaurant: 'Prado', area: 'Sé', free: ['20:00', '20:30'] },
];

const findTables = defineTool({
  name: 'find_tables',
  description: 'Looks for free tables in restaurants of a city.',
  input: z.object({ city: z.string(), date: z.string(), guests: z.number().int().positive() }),
  idempotent: true, // it only reads
  run: () =>
    // The last value is the result; those before it are progress.
    from([
      ...RESTAURANTS.map(({ restaurant }, i) => ({ step: i + 1, of: RESTAURANTS.length, asking: restaurant })),
      RESTAURANTS,
    ]).pipe(concatMap((value) => of(value).pipe(delay(500)))),
});

const bookTable = defineTool({
  name: 'book_table',
  description: 'Books a table. A person is asked for approval first.',
  input: z.object({
    restaurant: z.string(),
    date: z.string(),
    time: z.string(),
    guests: z.number().int().positive(),
    name: z.string(),
    notes: z.string().optional(),
  }),
  needsApproval: true,
  run: ({ restaurant, date, time, guests }, { idempotencyKey }) => {
    // The same if the booking is repeated.
    const reference = createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 6).toUpperCase();
    return of({ status: 'confirmed', reference, restaurant, date, time, guests }).pipe(delay(700));
  },
});

export const TOOLS = [findTables, bookTable];
