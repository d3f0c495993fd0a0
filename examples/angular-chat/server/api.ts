import type { StreamMessageOptions } from 'rxjs-anthropic';
import { startDemoApi } from './demo/demoApi.js';

/** Where the requests go. */
export interface Api {
  readonly options: StreamMessageOptions;
  readonly model: string;
  /** Whether the answers are scripted, which the application says. */
  readonly isDemo: boolean;
  close(): Promise<void>;
}

/** Connects to the API if ANTHROPIC_API_KEY is set, which `streamMessage` reads itself; otherwise to a server with scripted answers. */
export async function connectApi(): Promise<Api> {
  const { ANTHROPIC_API_KEY, MODEL = 'claude-opus-5-5' } = process.env;
  if (ANTHROPIC_API_KEY) return { options: {}, model: MODEL, isDemo: false, close: () => Promise.resolve() };
  const demo = await startDemoApi();
  return {
    options: { apiKey: 'demo', baseURL: demo.url },
    model: MODEL,
    isDemo: true,
    close: () => demo.close(),
  };
}
