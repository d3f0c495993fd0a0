/** The addresses, headers and bodies of the recipes in docs/bedrock.md. */
import { lastValueFrom } from 'rxjs';
import { finalText, streamMessage, type FetchLike } from 'rxjs-anthropic';
import { fromBedrock } from 'rxjs-anthropic/bedrock';
import { buildMessage, eventsOf, sseOf } from 'rxjs-anthropic/testing';
import { requestBedrock, vertexFetch } from '../../examples/support/clouds.js';
import { bedrockResponse, chunkFrame } from './support/bedrockFrames.js';

const params = { model: 'claude-opus-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'Hi' }] };
const events = eventsOf(buildMessage({ content: 'Hello' }));

/** A `fetch` that records its request, and responds with server-sent events. */
function recorder() {
  const seen: { url: string; method: string; headers: Record<string, string>; body: unknown }[] = [];
  const fetch: FetchLike = async (url, init) => {
    const request = new Request(url, { ...init, redirect: 'follow' });
    const headers = Object.fromEntries(request.headers);
    seen.push({ url, method: request.method, headers, body: await request.json() });
    return new Response(sseOf(events), { headers: { 'content-type': 'text/event-stream' } });
  };
  return { seen, fetch };
}

it.each([
  ['europe-west1', 'https://europe-west1-aiplatform.googleapis.com'],
  ['global', 'https://aiplatform.googleapis.com'],
])('Vertex AI in %s', async (region, origin) => {
  const { seen, fetch } = recorder();
  const vertex = vertexFetch({ project: 'p', region, accessToken: () => Promise.resolve('ya29.token') }, fetch);
  const message$ = streamMessage(params, { apiKey: null, fetch: vertex, betas: ['b-1'] });

  expect(await lastValueFrom(message$.pipe(finalText()))).toBe('Hello');
  expect(seen).toEqual([
    {
      url: `${origin}/v1/projects/p/locations/${region}/publishers/anthropic/models/claude-opus-5-5:streamRawPredict`,
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'anthropic-beta': 'b-1',
        authorization: 'Bearer ya29.token',
        'content-type': 'application/json',
      },
      body: { anthropic_version: 'vertex-2023-10-16', max_tokens: 64, messages: params.messages, stream: true },
    },
  ]);
});

it.each([
  ['a key', { apiKey: 'key' }, { 'x-api-key': 'key' }],
  ['a token of Entra ID', { apiKey: null, authToken: 'ey.token' }, { authorization: 'Bearer ey.token' }],
])('Microsoft Foundry with %s', async (_, credentials, headers) => {
  const { seen, fetch } = recorder();
  const baseURL = 'https://my-resource.services.ai.azure.com/anthropic';
  await lastValueFrom(streamMessage(params, { ...credentials, baseURL, fetch }).pipe(finalText()));

  expect(seen).toMatchObject([
    {
      url: `${baseURL}/v1/messages`,
      headers: { ...headers, 'anthropic-version': expect.any(String) as string },
      body: params,
    },
  ]);
});

it('Amazon Bedrock', async () => {
  let request: Request | undefined;
  const fetch: typeof globalThis.fetch = (url, init) => {
    request = new Request(url, init);
    return Promise.resolve(bedrockResponse(events.map(chunkFrame)));
  };
  const model = 'eu.anthropic.claude-opus-5-5-v1:0';
  const options = { region: 'eu-central-1', apiKey: 'key' };
  const message$ = fromBedrock((signal) => requestBedrock({ ...params, model }, options, signal, fetch));

  expect(await lastValueFrom(message$.pipe(finalText()))).toBe('Hello');
  expect(request?.url).toBe(
    'https://bedrock-runtime.eu-central-1.amazonaws.com/model/eu.anthropic.claude-opus-5-5-v1%3A0/invoke-with-response-stream',
  );
  expect(request?.headers.get('authorization')).toBe('Bearer key');
  expect(await request?.json()).toEqual({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 64,
    messages: params.messages,
  });
});
