import type { Random } from './random.js';
import type { Wire } from './streams.js';

/** What goes wrong with one request. `at` is an offset in the body, in bytes. */
export type Fault =
  /** The connection is closed or reset, the body ends early, or the server goes silent. */
  | { readonly type: 'disconnect' | 'reset' | 'end' | 'stall'; readonly at: number }
  /** Only pings are sent from then on. */
  | { readonly type: 'pings'; readonly at: number }
  /** An `error` event is sent before the event with that number. */
  | { readonly type: 'error'; readonly before: number }
  /** The connection is closed or reset before a response. */
  | { readonly type: 'no response'; readonly how: 'close' | 'reset' }
  /** The API is overloaded, limits the rate, or fails. */
  | { readonly type: 'status'; readonly status: 429 | 500 | 529 };

/** The number of bytes of a body that are sent before a fault. */
export function bytesUntil(fault: Fault | undefined, wire: Wire): number {
  const total = wire.bytes.length;
  if (fault === undefined) return total;
  switch (fault.type) {
    case 'error':
      return wire.starts[fault.before] ?? total;
    case 'pings':
      return wire.starts.find((start) => start >= fault.at) ?? total;
    case 'no response':
    case 'status':
      return 0;
    default:
      return Math.min(fault.at, total);
  }
}

/** A random fault of a stream with about that number of bytes. */
export function randomFault(random: Random, bytes: number): Fault {
  const type = random.pick<Fault['type']>([
    'disconnect',
    'disconnect',
    'reset',
    'end',
    'end',
    'stall',
    'error',
    'error',
    'pings',
    'no response',
    'status',
  ]);
  switch (type) {
    case 'error':
      return { type, before: random.below(14) };
    case 'no response':
      return { type, how: random.pick(['close', 'reset']) };
    case 'status':
      return { type, status: random.pick([429, 500, 529]) };
    default:
      return { type, at: random.below(bytes) };
  }
}
