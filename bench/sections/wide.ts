import { accumulateMessage, fromResponse, messageState } from 'rxjs-anthropic';
import { warmUp, type Read } from '../compare.js';
import { chunksOf, responseOf } from '../fixtures.js';
import { race, scaled } from '../measure.js';
import { readBlocks } from '../messageLength.js';
import { OURS, type Check, type Row, type Section, type Table } from '../report.js';
import { WIDE_MESSAGES, type WideMessage } from '../wideMessages.js';

/** The most that an event may cost, as a multiple of that of the narrowest message. */
const BUDGET = 1.3;

/** Each reads the last block after every event, as a screen does. */
const CLIENTS: Readonly<Record<string, Read>> = {
  async [`${OURS}, accumulateMessage()`](response) {
    let seen = 0;
    await fromResponse(response)
      .pipe(accumulateMessage())
      .forEach(({ content }) => (seen += lengthOfType(content.at(-1))));
    return seen;
  },
  async [`${OURS}, messageState()`](response) {
    let seen = 0;
    await fromResponse(response)
      .pipe(messageState())
      .forEach(({ message }) => (seen += lengthOfType(message?.content.at(-1))));
    return seen;
  },
  async [`${OURS}, accumulateMessage(), reading the input`](response) {
    let seen = 0;
    await fromResponse(response)
      .pipe(accumulateMessage())
      .forEach(({ content }) => (seen += lengthOfType(content.at(-1)) + lengthOfInput(content.at(-1))));
    return seen;
  },
};

export const wide: Section = {
  title: 'a snapshot at every event of a message with many blocks, citations or properties',
  async run() {
    await warmUp({ floor: (response) => readBlocks(response), ...CLIENTS });
    const tables: Table[] = [];
    const checks: Check[] = [];
    for (const [what, messages] of Object.entries(WIDE_MESSAGES)) {
      const rows: Row[] = [];
      for (const [client, read] of Object.entries(CLIENTS)) {
        if (client.includes('input') && !what.includes('input')) continue;
        const measured = await measure(read, messages);
        rows.push({ 'x an event of the first': client, ...measured.cells });
        checks.push(...measured.checks.map((check) => ({ ...check, what: `${client}: ${check.what}` })));
      }
      tables.push({ title: `a snapshot at every event: ${what}`, rows });
    }
    return { tables, checks };
  },
};

/** Compares an event of each message with one of the first message. */
async function measure(read: Read, messages: readonly WideMessage[]): Promise<{ cells: Row; checks: Check[] }> {
  const candidates = messages.map(({ name, events }) => {
    const chunks = chunksOf(events, '16 KB chunks');
    return { name, run: () => read(responseOf(chunks)) };
  });
  const times = await race(candidates, { ms: 4000, isSame: false });
  const cells: Record<string, Row[string]> = {};
  const checks: Check[] = [];
  const [first, ...others] = messages;
  if (first === undefined) return { cells, checks };
  cells[first.name] = `${Math.round((times.ms(first.name).median * 1e6) / first.events.length)} ns`;
  for (const { name, events, hasBudget } of others) {
    const ratio = scaled(times.ratio(name, first.name), first.events.length / events.length);
    cells[name] = ratio;
    if (hasBudget === true) checks.push({ what: name, figure: ratio.median, budget: BUDGET, unit: ' x' });
  }
  return { cells, checks };
}

interface AnyBlock {
  readonly type: string;
  readonly input?: unknown;
}

function lengthOfType(block: AnyBlock | undefined): number {
  return block?.type.length ?? 0;
}

/** Reads one property of a tool's input. */
function lengthOfInput(block: AnyBlock | undefined): number {
  const input = block?.input as { readonly key0?: string } | undefined;
  return input?.key0?.length ?? 0;
}
