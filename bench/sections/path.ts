import { isQuick, Race, roundsOf, turnsOf, type Summary } from '../measure.js';
import type { Row, Section, Table } from '../report.js';
import { Lane } from '../sockets/lane.js';
import { prefixName, STEPS, TRANSPORTS, type Step, type Transport } from '../sockets/prefixes.js';

const STREAMS = 300;
const PER_SECOND = 9000;
const DELTAS = isQuick ? 18 : 40;
/** Those that warm up are not measured, because the engine still compiles. */
const ROUNDS = isQuick ? { warmUps: 1, rounds: 2, ms: 30_000 } : { warmUps: 2, rounds: 6, ms: 110_000 };

const LABELS: Readonly<Record<Step, string>> = {
  receive: 'receive: the kernel, the socket, HTTP',
  decode: 'decode, parse and validate',
  everything: 'timers, Observable, textDeltas()',
};

const TOTAL = 'in total';

/** What carries the bytes to the first step. */
const TRANSPORT_LABELS: Readonly<Record<Transport, string>> = {
  'nodeFetch()': 'over nodeFetch()',
  fetch: 'over fetch',
};

export const path: Section = {
  title: 'where the time of an event goes, from the socket to the subscriber',
  async run() {
    const names = TRANSPORTS.flatMap((transport) => STEPS.map((step) => prefixName(step, transport)));
    const lanes = await Promise.all(names.map((name) => Lane.start(name)));
    const micros = new Map<string, number[]>(lanes.map(({ name }) => [name, []]));
    for (const lane of lanes) await lane.open(STREAMS);
    for (const round of roundsOf(ROUNDS)) {
      for (const lane of turnsOf(lanes, Math.max(round, 0))) {
        const turn = await lane.run(DELTAS, PER_SECOND);
        if (round >= 0) micros.get(lane.name)?.push(turn.micros);
      }
    }
    for (const lane of lanes) lane.end();
    return { tables: [tableOf(new Race(micros))] };
  },
};

function tableOf(race: Race): Table {
  const rows = [
    ...STEPS.map((step, i): Row => rowOf(LABELS[step], (transport) => costOf(race, transport, step, STEPS[i - 1]))),
    rowOf(TOTAL, (transport) => race.ms(prefixName('everything', transport))),
  ];
  return {
    title: `CPU time of the client's process, ${STREAMS} streams, ${PER_SECOND.toLocaleString('en-US')} events per second`,
    rows,
    stack: { columns: Object.values(TRANSPORT_LABELS), total: TOTAL, unit: 'µs of CPU time per event' },
  };
}

/** What a step costs: the time of everything up to it, without the time of everything before it. */
function costOf(race: Race, transport: Transport, step: Step, before: Step | undefined): Summary {
  const name = prefixName(step, transport);
  return before === undefined ? race.ms(name) : race.difference(name, prefixName(before, transport));
}

function rowOf(what: string, cellOf: (transport: Transport) => Summary): Row {
  const cells = TRANSPORTS.map((transport): [string, Summary] => [TRANSPORT_LABELS[transport], cellOf(transport)]);
  return { 'µs per event': what, ...Object.fromEntries(cells) };
}
