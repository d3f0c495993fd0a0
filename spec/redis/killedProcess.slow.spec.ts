/**
 * Two processes with a log in Redis, of which the one that generates is killed with SIGKILL at seeded moments. What the client
 * has shown is exactly what the log has: nothing is lost, and nothing is shown twice.
 */
import { filter, firstValueFrom, from, lastValueFrom, Subject, tap, toArray } from 'rxjs';
import {
  finalText,
  fromResponse,
  IncompleteMessageError,
  resumeOnConnectionError,
  retryOnConnectionError,
  type AnyEvent,
} from '../../src/index.js';
import { buildMessage, eventsOf, startMessagesServer, type MessagesServer } from '../../src/testing/index.js';
import { seededRandom } from '../resilience/support/random.js';
import { bundleGateway, type Gateway, type Gateways } from './support/gateways.js';
import type { KillPoint } from './support/gatewaySettings.js';
import { describeWithRedis } from './support/redisServer.js';
import { useRedis } from './support/useRedis.js';

const TEXT = Array.from(
  { length: 12 },
  (_, index) => `${index + 1}. The tide comes in twice a day, 🌊 and goes. `,
).join('');
const DELTA_LENGTH = 9;
const LAST_POSITION = eventsOf(buildMessage({ content: TEXT }), { deltaLength: DELTA_LENGTH }).length;
const LEASE_MS = 400;
const SEED = 20_13;

/** Twenty moments, each at an event: four between append and delivery, four before an append, the others after delivery. */
const random = seededRandom(SEED);
const moments: readonly KillPoint[] = Array.from({ length: 20 }, (_, index) => ({
  position: 1 + random.below(LAST_POSITION - 1),
  when: (['between append and delivery', 'before append'] as const)[index % 5] ?? 'after delivery',
}));

const resume = resumeOnConnectionError({ initialDelayMs: 20, maxDelayMs: 100, maxRetries: 50 });

describeWithRedis('a process that is killed', () => {
  const redis = useRedis();
  let api: MessagesServer;
  let gateways: Gateways;
  beforeAll(async () => {
    gateways = await bundleGateway();
    // Continues as the model would: with what is missing of the text.
    api = await startMessagesServer(({ body }) => {
      const messages = turnsOf(body);
      const written = messages.length > 1 ? textOfContent(messages[1]?.content) : '';
      const message = buildMessage({ content: TEXT.slice(written.length), id: `msg_${messages.length}` });
      return { events: eventsOf(message, { deltaLength: DELTA_LENGTH }), paceMs: 2 };
    });
  });
  afterAll(async () => {
    await gateways.close();
    await api.close();
  });

  /** Asks a gateway, which is killed at a moment, and then another one. */
  async function ask(id: string, [first, second]: readonly [Gateway, Gateway], moment: KillPoint) {
    const shown: AnyEvent[] = [];
    let requests = 0;
    const source = fromResponse(
      (signal, { headers }) => {
        requests += 1;
        const isKilled = requests === 1 && moment.when !== 'after delivery';
        const query = isKilled ? `?kill=${encodeURIComponent(JSON.stringify(moment))}` : '';
        return fetch(`${requests === 1 ? first.url : second.url}/${id}${query}`, { method: 'POST', headers, signal });
      },
      { resume },
    );
    const error = await firstValueFrom(
      source.pipe(
        retryOnConnectionError({ initialDelayMs: 20, announce: false }),
        tap((event) => {
          if (!isOwn(event)) shown.push(event);
          if (moment.when === 'after delivery' && shown.length === moment.position) first.kill();
        }),
        toArray(),
      ),
    ).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { shown, error, requests };
  }

  /** Kills one process after the other, each while it generates an answer, and compares what is shown with the log. */
  async function killAll(takesOver: boolean) {
    const settings = { redisUrl: redis.server.url, apiUrl: api.url, leaseMs: LEASE_MS, takesOver };
    const log = redis.createLog(await redis.connect());
    const tally = {
      complete: 0,
      failed: 0,
      resumed: 0,
      lost: 0,
      twice: 0,
      wrong: [] as string[],
      errors: [] as unknown[],
    };
    let next = gateways.start(settings);
    let generating = await gateways.start(settings);
    for (const [index, moment] of moments.entries()) {
      const id = `${takesOver ? 'taken-over' : 'abandoned'}-${index}`;
      const other = await next;
      next = gateways.start(settings); // meanwhile
      const { shown, error, requests } = await ask(id, [generating, other], moment);
      const stored = (await log.read(`/${id}`, 0)).entries.map(({ data }) => JSON.parse(data) as AnyEvent);
      const isError = stored.at(-1)?.type === 'error';
      const [client, server] = [await textOf(shown), await textOf(isError ? stored.slice(0, -1) : stored)];

      tally.lost += server.startsWith(client) ? server.length - client.length : 0;
      tally.twice += server.startsWith(client) ? 0 : 1;
      tally.resumed += Number(requests > 1);
      if (error === undefined) tally.complete += 1;
      else tally.failed += 1;
      if (error !== undefined) tally.errors.push(error);
      const isRight =
        isError === (error !== undefined) &&
        JSON.stringify(shown) === JSON.stringify(isError ? stored.slice(0, -1) : stored) &&
        (isError ? TEXT.startsWith(server) : server === TEXT);
      if (!isRight) tally.wrong.push(`${moment.when}, event ${moment.position}: ${String(error)}`);
      generating = other;
    }
    return tally;
  }

  it('is replaced by another one that continues: the text is exact', async () => {
    const { errors, ...tally } = await killAll(true);
    const continuations = api.requests.filter(({ body }) => turnsOf(body).length > 1).length;
    console.info(`killed with takeOver, seed ${SEED}: ${describeTally(tally)}`);

    expect(tally).toMatchObject({ lost: 0, twice: 0, wrong: [], resumed: moments.length });
    expect(tally.complete).toBeGreaterThan(moments.length / 2);
    expect(continuations).toBeGreaterThan(moments.length / 2);
    expect(errors.every((error) => error instanceof Error)).toBe(true);
  });

  it('writes nothing any more if it was only paused: its own client gets the answer of its replacement', async () => {
    const settings = { redisUrl: redis.server.url, apiUrl: api.url, leaseMs: LEASE_MS, takesOver: true };
    const [paused, other] = await Promise.all([gateways.start(settings), gateways.start(settings)]);
    const read = ({ url }: Gateway) =>
      fromResponse((signal, { headers }) => fetch(`${url}/paused`, { method: 'POST', headers, signal }), {
        resume,
      }).pipe(filter((event) => !isOwn(event)));
    const isPaused = new Subject<void>();
    let received = 0;
    const first = lastValueFrom(
      read(paused).pipe(
        tap(() => {
          received += 1;
          if (received !== 20) return;
          paused.pause();
          isPaused.next();
        }),
        toArray(),
      ),
    );
    await firstValueFrom(isPaused);
    const second = await lastValueFrom(read(other).pipe(toArray()));
    paused.unpause();

    expect(await textOf(second)).toBe(TEXT);
    expect(await first).toEqual(second);
  });

  it('leaves an error, without takeOver: what was shown is exact', async () => {
    const { errors, ...tally } = await killAll(false);
    console.info(`killed without takeOver, seed ${SEED}: ${describeTally(tally)}`);

    expect(tally).toMatchObject({ lost: 0, twice: 0, wrong: [], resumed: moments.length });
    expect(tally.failed).toBeGreaterThan(moments.length / 2);
    expect(errors.every((error) => error instanceof IncompleteMessageError)).toBe(true);
  });
});

/** Whether the client itself has emitted an event, to announce that it resumes. */
function isOwn(event: AnyEvent): boolean {
  return event.type === 'message_reconnect' && 'error' in event && event.error instanceof Error;
}

function describeTally({
  complete,
  failed,
  lost,
  twice,
}: Readonly<Record<'complete' | 'failed' | 'lost' | 'twice', number>>) {
  return `${complete} complete, ${failed} failed, ${lost} lost, ${twice} shown twice`;
}

function turnsOf(body: unknown): readonly { readonly content: unknown }[] {
  return (body as { readonly messages: readonly { readonly content: unknown }[] }).messages;
}

function textOfContent(content: unknown): string {
  if (!Array.isArray(content)) return String(content);
  return content.map((block: { readonly text?: string }) => block.text ?? '').join('');
}

/** The text of a message, as far as these events go. */
function textOf(events: readonly AnyEvent[]): Promise<string> {
  let text = '';
  return firstValueFrom(from(events).pipe(finalText())).catch(() => {
    for (const event of events) {
      const { delta } = event as { readonly delta?: { readonly text?: string } };
      text = event.type === 'message_restart' ? '' : text + (delta?.text ?? '');
    }
    return text;
  });
}
