import type Anthropic from '@anthropic-ai/sdk';
import type { Observable } from 'rxjs';
import { runTools, streamMessage, type MessageCreateParams } from '../../src/index.js';

/* The compiler is the test: what follows a @ts-expect-error must not compile, and everything else must. */
const base = {
  model: 'claude-sonnet-5-5',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Hi' }],
} satisfies MessageCreateParams;
const options = { apiKey: 'key', tools: [] };

describe('a misspelled parameter', () => {
  it('of those that every request has does not compile', () => {
    // @ts-expect-error -- it means max_tokens
    expect(() => streamMessage({ model: 'm', max_token: 1, messages: base.messages }, options)).toThrow();
    // @ts-expect-error -- it means messages
    expect(() => streamMessage({ model: 'm', max_tokens: 1, mesages: base.messages }, options)).toThrow();
    // @ts-expect-error -- it means model
    expect(() => streamMessage({ modle: 'm', max_tokens: 1, messages: base.messages }, options)).toThrow();
    // @ts-expect-error -- it means max_tokens, once more, beside the right one
    expect(streamMessage({ ...base, maxTokens: 1 }, options)).toBeDefined();
  });

  it('with a letter too few, too many, changed or swapped does not compile', () => {
    // @ts-expect-error -- it means temperature
    expect(streamMessage({ ...base, temprature: 1 }, options)).toBeDefined();
    // @ts-expect-error -- it means temperature
    expect(streamMessage({ ...base, temperrature: 1 }, options)).toBeDefined();
    // @ts-expect-error -- it means thinking
    expect(streamMessage({ ...base, thinkinG: { type: 'adaptive' } }, options)).toBeDefined();
    // @ts-expect-error -- it means tool_choice
    expect(streamMessage({ ...base, tool_chioce: { type: 'auto' } }, options)).toBeDefined();
    // @ts-expect-error -- it means stop_sequences
    expect(streamMessage({ ...base, stop_sequence: ['.'] }, options)).toBeDefined();
    // @ts-expect-error -- it means system
    expect(streamMessage({ ...base, sistem: 'Be brief.' }, options)).toBeDefined();
    // @ts-expect-error -- it means temperature, in a literal without a spread
    expect(streamMessage({ model: 'm', max_tokens: 1, messages: base.messages, temprature: 1 }, options)).toBeDefined();
  });

  it('in another case, or with other separators, does not compile', () => {
    // @ts-expect-error -- it means stop_sequences
    expect(streamMessage({ ...base, stopSequences: ['.'] }, options)).toBeDefined();
    // @ts-expect-error -- it means top_p
    expect(streamMessage({ ...base, topP: 1 }, options)).toBeDefined();
    // @ts-expect-error -- it means output_config
    expect(streamMessage({ ...base, 'output-config': {} }, options)).toBeDefined();
    // @ts-expect-error -- it means mcp_servers
    expect(runTools({ ...base, mcpServers: [] }, options)).toBeDefined();
  });

  it('is not assumed if a name is unknown, short, or not known before run time', () => {
    const params: MessageCreateParams = { ...base, temprature: 1 };
    const unlisted: Record<string, unknown> = { temprature: 1 };
    const results = [
      streamMessage({ ...base, a_newer_parameter: { level: 1 }, top_n: 1, mode: 'fast' }, options),
      streamMessage({ ...base, thinking: { type: 'of_a_newer_api' } }, options),
      streamMessage(params, options),
      streamMessage({ ...base, ...unlisted }, options),
      streamMessage(JSON.parse(JSON.stringify(base)), options), // any, like the body of a request in Express
      runTools({ ...base, a_newer_parameter: 1 }, options),
      runTools(params, options),
    ];

    expect(results).not.toContain(undefined);
  });

  it('is not assumed in parameters of the SDK, or of a generic type', () => {
    const stable: Anthropic.MessageCreateParamsNonStreaming = { ...base, thinking: { type: 'adaptive' } };
    const beta: Anthropic.Beta.MessageCreateParams = { ...base, speed: 'fast' };
    const both = <Params extends MessageCreateParams>(params: Params): [Params, ...Observable<unknown>[]] => [
      params,
      streamMessage(params, options),
      runTools(params, options),
    ];

    expect(streamMessage(stable, options)).toBeDefined();
    expect(streamMessage(beta, options)).toBeDefined();
    expect(both(base)).toHaveLength(3);
  });
});
