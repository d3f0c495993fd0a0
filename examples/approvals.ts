// Pauses a run until a person has approved a refund, keeps it in a file meanwhile, and resumes it as another process would.
// npm run example -- approvals
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defineTool,
  resumeRun,
  runTools,
  streamMessage,
  tapMessage,
  type RunState,
  type RunToolsEvent,
  type RunToolsOptions,
} from 'rxjs-anthropic';
import { z } from 'zod';
import { connect } from './support/connect.js';

const { options: connection, close } = await connect('approvals');
const file = join(tmpdir(), `run-${process.pid}.json`);

const findOrder = defineTool({
  name: 'find_order',
  description: 'An order, with its price in euros.',
  input: z.object({ order: z.number() }),
  idempotent: true, // it only reads
  run: ({ order }) => ({ order, euros: 90, status: 'lost in the post' }),
});
const refund = defineTool({
  name: 'refund',
  description: 'Refunds an order.',
  input: z.object({ order: z.number(), euros: z.number() }),
  needsApproval: true,
  // A payment service that has seen the key before does not pay again.
  run: ({ order, euros }, { idempotencyKey }) => {
    console.log(`[refunding ${euros} € for order ${order}, key ${idempotencyKey.replace(/^\w{32}/, '…')}]`);
    return 'Paid.';
  },
});

const params = { model: 'claude-opus-5-5', max_tokens: 1024 } as const;
const options: RunToolsOptions = {
  tools: [findOrder, refund],
  onTool: ({ needsApproval }) => !needsApproval || 'pause',
  onState: (state) => {
    writeFileSync(file, JSON.stringify(state)); // whatever happens from here on, the run can be resumed
  },
  request: (request) => streamMessage(request, connection),
};

function show(event: RunToolsEvent): void {
  if (event.type === 'run_end') console.log(`\n[${event.type}: ${event.reason ?? 'unknown'}, ${event.turns} turns]`);
  if (event.type !== 'run_paused') return;
  for (const { name, input } of event.state.pending) console.log(`\n[waits: ${name} ${JSON.stringify(input)}]`);
}

const text = tapMessage({ text: (delta) => process.stdout.write(delta) });
const messages = [{ role: 'user', content: 'Where is order 4711? Refund it if it is lost.' }] as const;
await runTools({ ...params, messages }, options)
  .pipe(text)
  .forEach(show);

// Hours later, in another process: somebody has approved what waits.
const state = JSON.parse(readFileSync(file, 'utf8')) as RunState;
const decisions = Object.fromEntries(state.pending.map(({ id }) => [id, true]));
await resumeRun(state, decisions, params, options).pipe(text).forEach(show);

rmSync(file);
await close();
