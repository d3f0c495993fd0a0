/** Runs one gateway in its own process. Answers each message with what the process has used so far. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GATEWAYS } from './gateways.js';

/** What a process has used so far. */
export interface ProcessUsage {
  readonly cpuMicros: number;
  readonly peakBytes: number;
}

const [name = '', api = ''] = process.argv.slice(2);
const createGateway = GATEWAYS[name];
if (createGateway === undefined) throw new Error(`There is no gateway named ${name}.`);
const server = createServer(await createGateway(api));

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const usage: ProcessUsage = {
    cpuMicros: user + system,
    peakBytes: process.resourceUsage().maxRSS * 1024, // Node reports kB
  };
  process.send?.(usage);
});
process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', 1024, () => {
  process.send?.((server.address() as AddressInfo).port);
});
