/**
 * Applications that are rendered on a server, and hydrated in the browser, against an API on loopback.
 *
 * @jest-environment <rootDir>/spec/angular/support/browserEnvironment.ts
 */
import '@angular/compiler';
import { Component, inject, InjectionToken, provideZonelessChangeDetection, type Type } from '@angular/core';
import { bootstrapApplication, provideClientHydration, type BootstrapContext } from '@angular/platform-browser';
import { provideServerRendering, renderApplication } from '@angular/platform-server';
import { injectConversation, messageResource } from '../../src/angular/index.js';
import { fromResponse } from '../../src/index.js';
import { buildMessage } from '../../src/testing/index.js';
import { until } from '../relay/support/until.js';
import { useServers } from '../source/support/servers.js';

const message = buildMessage({ content: 'Hello there.' });
const start = useServers();

/** The address of the service. */
const SERVICE = new InjectionToken<string>('SERVICE');

const template = `
  @let state = answer.state();
  <p>{{ state.status }}: {{ state.text }}</p>`;

function requestAnswer(transferKey?: string) {
  const service = inject(SERVICE);
  return messageResource({
    transferKey,
    params: () => service,
    stream: ({ params: url }) =>
      fromResponse((signal) => fetch(`${url}/v1/messages`, { method: 'POST', body: '{"stream":true}', signal })),
  });
}

@Component({ selector: 'app-root', template })
class InBrowser {
  readonly answer = requestAnswer();
}

@Component({ selector: 'app-root', template })
class OnServer {
  readonly answer = requestAnswer('greeting');
}

@Component({ selector: 'app-root', template: `<p>{{ chat.status() }}: {{ chat.turns().at(-1)?.text }}</p>` })
class Chat {
  readonly #service = inject(SERVICE);
  readonly chat = injectConversation({
    request: () =>
      fromResponse((signal) =>
        fetch(`${this.#service}/v1/messages`, { method: 'POST', body: '{"stream":true}', signal }),
      ),
  });

  constructor() {
    this.chat.send('Hi');
  }
}

const providers = (service: string) => [
  provideZonelessChangeDetection(),
  provideClientHydration(),
  { provide: SERVICE, useValue: service },
];

/** Renders a component as a server does, and loads the page. Returns the paragraph of the server. */
async function renderPage(component: Type<unknown>, service: string) {
  const bootstrap = (context: BootstrapContext) =>
    bootstrapApplication(component, { providers: [...providers(service), provideServerRendering()] }, context);
  const page = '<html><head></head><body><app-root></app-root></body></html>';
  document.documentElement.innerHTML = await renderApplication(bootstrap, { document: page, url: '/' });
  return document.querySelector('p');
}

/** Takes over the page, as its script does. */
async function hydrate<T>(component: Type<T>, service: string) {
  const application = await bootstrapApplication(component, { providers: providers(service) });
  const instance: unknown = application.components[0]?.instance;
  if (!(instance instanceof component)) throw new Error('The component is missing.');
  return { application, component: instance };
}

const shown = () => document.querySelector('p')?.textContent;

beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation(); // Angular reports its mode, and what it has hydrated
});

describe('a resource on a server', () => {
  it('makes no request there, and one in the browser', async () => {
    const server = await start({ message });
    const paragraph = await renderPage(InBrowser, server.url);

    expect(shown()).toBe('connecting: ');
    expect(server.requests).toEqual([]);
    expect(document.getElementById('ng-state')?.textContent).not.toContain('rxjs-anthropic');

    const { application } = await hydrate(InBrowser, server.url);
    await until(() => shown() === 'done: Hello there.');

    expect(document.querySelector('p')).toBe(paragraph);
    expect(server.requests).toHaveLength(1);
    application.destroy();
  });

  it('makes its request there with a transferKey, and none in the browser, until it is reloaded', async () => {
    const server = await start({ message });
    const paragraph = await renderPage(OnServer, server.url);

    expect(shown()).toBe('done: Hello there.');

    const { application, component } = await hydrate(OnServer, server.url);
    await application.whenStable();

    expect(document.querySelector('p')).toBe(paragraph);
    expect(component.answer.state()).toMatchObject({ status: 'done', text: 'Hello there.', message });
    expect(component.answer.state()).toHaveProperty('error', undefined);
    expect(Object.isFrozen(component.answer.message()?.content)).toBe(true);
    expect(server.requests).toHaveLength(1);

    component.answer.reload();
    await until(() => server.requests.length === 2 && shown() === 'done: Hello there.');

    application.destroy();
  });

  it('transfers no message that is incomplete: the browser requests it', async () => {
    const server = await start([{ message, cutAtByte: 700 }, { message }]);
    await renderPage(OnServer, server.url);

    expect(shown()).toMatch(/^error: /);

    const { application } = await hydrate(OnServer, server.url);
    await until(() => shown() === 'done: Hello there.');

    expect(server.requests).toHaveLength(2);
    application.destroy();
  });
});

it('a conversation on a server makes no request there, and one in the browser', async () => {
  const server = await start({ message });
  const paragraph = await renderPage(Chat, server.url);

  expect(shown()).toBe('connecting: Hi');
  expect(server.requests).toEqual([]);

  const { application } = await hydrate(Chat, server.url);
  await until(() => shown() === 'done: Hello there.');

  expect(document.querySelector('p')).toBe(paragraph);
  expect(server.requests).toHaveLength(1);
  application.destroy();
});
