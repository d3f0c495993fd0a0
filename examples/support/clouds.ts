import type { FetchLike, MessageCreateParams } from 'rxjs-anthropic';

/** Where a model of Vertex AI is. */
export interface VertexOptions {
  readonly project: string;
  /** Such as `europe-west1`, or `global`. */
  readonly region: string;
  /** Returns a token of Google Cloud: `await new GoogleAuth({ scopes }).getAccessToken()`. */
  readonly accessToken: () => Promise<string>;
}

/** Returns a `fetch` that sends the requests of `streamMessage` to Vertex AI. */
export function vertexFetch(
  { project, region, accessToken }: VertexOptions,
  fetch: FetchLike = globalThis.fetch,
): FetchLike {
  const host = region === 'global' ? 'aiplatform.googleapis.com' : `${region}-aiplatform.googleapis.com`;
  return async (_url, init) => {
    const { model, ...body } = JSON.parse(init.body as string) as MessageCreateParams;
    const path = `projects/${project}/locations/${region}/publishers/anthropic/models/${model}:streamRawPredict`;
    const headers = new Headers(init.headers);
    headers.delete('anthropic-version'); // it is in the body
    headers.set('authorization', `Bearer ${await accessToken()}`);
    const json = JSON.stringify({ anthropic_version: 'vertex-2023-10-16', ...body });
    return fetch(`https://${host}/v1/${path}`, { ...init, headers, body: json });
  };
}

/** Where a model of Amazon Bedrock is. */
export interface BedrockOptions {
  /** Such as `eu-central-1`. */
  readonly region: string;
  /** An API key of Bedrock. Or sign the request, for example with `aws4fetch`. */
  readonly apiKey: string;
  /** Default: that of the region. */
  readonly baseURL?: string;
}

/** Requests a message of Amazon Bedrock, for `fromBedrock`. */
export function requestBedrock(
  { model, ...body }: MessageCreateParams,
  { region, apiKey, baseURL = `https://bedrock-runtime.${region}.amazonaws.com` }: BedrockOptions,
  signal: AbortSignal,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<Response> {
  return fetch(`${baseURL}/model/${encodeURIComponent(model)}/invoke-with-response-stream`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', ...body }),
    signal,
  });
}
