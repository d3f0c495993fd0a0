import type { Random } from './random.js';
import type { Wire } from './streams.js';

/** What goes wrong with one request. Places are bytes of the body. */
export type Fault =
  /** The connection is closed or reset, the body just ends, or nothing comes any more. */
  | { readonly type: 'disconnect' | 'reset' | 'cut' | 'stall'; readonly at: number }
  /** Nothing but pings comes any more. */
  | { readonly type: 'pings'; readonly at: number }
  /** An `error` event comes in front of an event. */
  | { readonly type: 'error'; readonly before: number }
  /** The connection is closed or reset in place of an answer. */
  | { readonly type: 'no answer'; readonly how: 'close' | 'reset' }
  /** The API is overloaded, or limits the rate, or fails. */
  | { readonly type: 'status'; readonly status: 429 | 500 | 529 };

/** How many bytes of a body are sent before a fault. */
export function bytesUntil(fault: Fault | undefined, wire: Wire): number {
  const whole = wire.bytes.length;
  if (fault === undefined) return whole;
  switch (fault.type) {
    case 'error':
      return wire.starts[fault.before] ?? whole;
    case 'pings':
      return wire.starts.find((start) => start >= fault.at) ?? whole;
    case 'no answer':
    case 'status':
      return 0;
    default:
      return Math.min(fault.at, whole);
  }
}

/** Any fault, of a stream of about so many bytes. */
export function anyFault(random: Random, bytes: number): Fault {
  const type = random.pick<Fault['type']>([
    'disconnect',
    'disconnect',
    'reset',
    'cut',
    'cut',
    'stall',
    'error',
    'error',
    'pings',
    'no answer',
    'status',
  ]);
  switch (type) {
    case 'error':
      return { type, before: random.below(14) };
    case 'no answer':
      return { type, how: random.pick(['close', 'reset']) };
    case 'status':
      return { type, status: random.pick([429, 500, 529]) };
    default:
      return { type, at: random.below(bytes) };
  }
}
