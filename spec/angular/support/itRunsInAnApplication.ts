import { provideHttpClient, withFetch, withInterceptors } from '@angular/common/http';
import type { ApplicationRef, EnvironmentProviders, Provider, Type } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { buildMessage, eventsOf, sseOf, type Reply } from '../../../src/testing/index.js';
import { until } from '../../relay/support/until.js';
import { useServers } from '../../source/support/servers.js';
import { AnswerApplication, SERVICE } from './answerApplication.js';
import { ChatApplication } from './chatApplication.js';

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

  async function bootstrap<T>(type: Type<T>, service: string) {
    document.body.innerHTML = '<app-root></app-root>';
    const addUser = withInterceptors([(request, next) => next(request.clone({ setHeaders: { 'x-user': 'ada' } }))]);
    const application = await bootstrapApplication(type, {
      providers: [...providers, provideHttpClient(withFetch(), addUser), { provide: SERVICE, useValue: service }],
    });
    applications.push(application);
    const component: unknown = application.components[0]?.instance;
    if (!(component instanceof type)) throw new Error('The component is missing.');
    return { application, component };
  }

  /** The texts of the page, without those of its buttons. */
  const shown = (): string =>
    [...document.querySelectorAll('p, b, i')].map(({ textContent }) => textContent.trim()).join(' ');
  const shows = (text: string): Promise<void> => until(() => shown() === text);
  const click = (id: string): void => {
    document.getElementById(id)?.click();
  };

  it('shows each state as it changes', async () => {
    const server = await start([stalled, { message }, { status: 401 }]);
    const { component } = await bootstrap(AnswerApplication, server.url);

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
    const { component } = await bootstrap(AnswerApplication, server.url);
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
    const { application } = await bootstrap(AnswerApplication, server.url);
    await shows('streaming: Hello there.');
    const request = await server.request();
    application.destroy();
    await request.closed;

    expect(request.hungUp).toBe(true);
  });

  it('shows a conversation, whose requests pass through the interceptors', async () => {
    const server = await start([stalled, { message }]);
    await bootstrap(ChatApplication, server.url);

    await shows('idle');
    click('send');
    await shows('user: Hi assistant: Hello there. streaming');
    click('stop');
    await shows('user: Hi assistant: Hello there. aborted');
    click('retry');
    await shows('user: Hi assistant: Hello there. done');
    await Promise.all(server.requests.map(({ closed }) => closed));

    expect(server.requests.map(({ headers, hungUp }) => [headers['x-user'], hungUp])).toEqual([
      ['ada', true],
      ['ada', false],
    ]);
  });

  it('aborts the request of a conversation when the application is destroyed', async () => {
    const server = await start(stalled);
    const { application } = await bootstrap(ChatApplication, server.url);
    click('send');
    await until(() => shown().includes('Hello there.'));
    const request = await server.request();
    application.destroy();
    await request.closed;

    expect(request.hungUp).toBe(true);
  });
}
