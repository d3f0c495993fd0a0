/**
 * Runs one client in its own process. The message `['read', URL, STREAMS]` makes it read that many messages, and answer with
 * how many deltas each had; 'usage' makes it answer with the CPU time that it has used so far.
 */
import { SOCKET_CLIENTS } from './clients.js';

/** What the process is told. */
export type Command = 'usage' | readonly ['read', baseURL: string, streams: number];

const [name = ''] = process.argv.slice(2);
const read = SOCKET_CLIENTS[name];
if (read === undefined) throw new Error(`There is no client named ${name}.`);

process.on('message', (command: Command) => {
  if (command === 'usage') {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  } else {
    const [, baseURL, streams] = command;
    void Promise.all(Array.from({ length: streams }, () => read(baseURL))).then((counts) => process.send?.(counts));
  }
});
process.once('disconnect', () => process.exit());
process.send?.('ready');
