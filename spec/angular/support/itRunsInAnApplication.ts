import type { ApplicationRef, Provider, EnvironmentProviders } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { buildMessage, eventsOf, sseOf, type Reply } from '../../../src/testing/index.js';
import { until } from '../../relay/support/until.js';
import { useServers } from '../../source/support/servers.js';
import { AnswerApplication, SERVICE } from './answerApplication.js';

const message = buildMessage({ content: 'Hello there.' });
const stalled: Reply = { message, stallAtByte: sseOf(eventsOf(message)).length - 200 };

/** What a real application shows, which is rendered only when Angular itself decides to. */
export function itRunsInAnApplication(providers: readonly (Provider | EnvironmentProviders)[]): void {
  const start = useServers();
  const applications: ApplicationRef[] = [];

  beforeEach(() => {
    jest.spyOn(console, 'log').mockImplementation(); // Angular reports that it runs in development mode
  });
  afterEach(() => {
    for (const application of applications.splice(0)) if (!application.destroyed) application.destroy();
  });

  async function bootstrap(service: string) {
    document.body.innerHTML = '<app-root></app-root>';
    const application = await bootstrapApplication(AnswerApplication, {
      providers: [...providers, { provide: SERVICE, useValue: service }],
    });
    applications.push(application);
    const component: unknown = application.components[0]?.instance;
    if (!(component instanceof AnswerApplication)) throw new Error('The component is missing.');
    return { application, component };
  }

  const shown = (): string => document.body.textContent.trim().replace(/\s+/g, ' ');
  const shows = (text: string): Promise<void> => until(() => shown() === text);

  it('shows each state as it changes', async () => {
    const server = await start([stalled, { message }, { status: 401 }]);
    const { component } = await bootstrap(server.url);

    await shows('streaming: Hello there.');
    component.answer.reload();
    await shows('done: Hello there.');
    component.question.set('And now?');
    await shows('error: AuthenticationError');

    expect(server.requests.map(({ body }) => body)).toMatchObject([
      { messages: [{ content: 'Hello?' }] },
      { messages: [{ content: 'Hello?' }] },
      { messages: [{ content: 'And now?' }] },
    ]);
  });

  it('shows that an answer was stopped, or is no longer asked for, and the server sees it', async () => {
    const server = await start(stalled);
    const { component } = await bootstrap(server.url);
    await shows('streaming: Hello there.');
    component.answer.stop();
    await shows('aborted: Hello there.');
    component.answer.reload();
    await shows('streaming: Hello there.');
    component.question.set(undefined);
    await shows('idle:');
    await Promise.all(server.requests.map(({ closed }) => closed));

    expect(server.requests.map(({ hungUp }) => hungUp)).toEqual([true, true]);
  });

  it('aborts the request when the application is destroyed', async () => {
    const server = await start(stalled);
    const { application } = await bootstrap(server.url);
    await shows('streaming: Hello there.');
    const request = await server.request();
    application.destroy();
    await request.closed;

    expect(request.hungUp).toBe(true);
  });
}
