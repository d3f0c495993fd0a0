import type { Usage } from '../../src/api/usage.js';
import { addUsage } from '../../src/accumulate/addUsage.js';
import { deepFreeze } from '../support/deepFreeze.js';

const zero = { input_tokens: 0, output_tokens: 0 };

describe('addUsage', () => {
  it('adds counts, at any depth', () => {
    const older = deepFreeze({
      input_tokens: 1,
      output_tokens: 2,
      cache_read_input_tokens: 10,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
      server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 },
    });
    const newer = deepFreeze({
      input_tokens: 3,
      output_tokens: 4,
      cache_read_input_tokens: 20,
      cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 400 },
      server_tool_use: { web_search_requests: 2, web_fetch_requests: 5 },
    });

    expect(addUsage(older, newer)).toEqual({
      input_tokens: 4,
      output_tokens: 6,
      cache_read_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 600 },
      server_tool_use: { web_search_requests: 3, web_fetch_requests: 5 },
    });
  });

  it('keeps what only one of them has', () => {
    expect(
      addUsage({ ...zero, cache_read_input_tokens: 5 }, { ...zero, output_tokens_details: { thinking_tokens: 6 } }),
    ).toEqual({
      ...zero,
      cache_read_input_tokens: 5,
      output_tokens_details: { thinking_tokens: 6 },
    });
  });

  it.each([
    [null, 5, 5],
    [5, null, 5],
    [5, undefined, 5],
    [null, null, null],
  ])('adds %p and %p to %p', (older, newer, sum) => {
    const usage = addUsage(
      { ...zero, cache_read_input_tokens: older },
      { ...zero, ...(newer !== undefined && { cache_read_input_tokens: newer }) },
    );

    expect(usage.cache_read_input_tokens).toBe(sum);
  });

  it('takes values that are not numbers from the newer usage', () => {
    expect(addUsage({ ...zero, service_tier: 'priority' }, { ...zero, service_tier: 'standard' }).service_tier).toBe(
      'standard',
    );
    expect(addUsage({ ...zero, service_tier: 'priority' }, { ...zero, service_tier: null }).service_tier).toBe(
      'priority',
    );
  });

  it('concatenates arrays, including the usage of withdrawn attempts', () => {
    const message = { type: 'message', model: 'claude-sonnet-5-5', ...zero } as const;
    const compaction = { type: 'compaction', ...zero } as const;
    const one = {
      ...zero,
      iterations: [message],
      abandoned_attempts: [{ input_tokens: 1, output_tokens: 1 }],
    };
    const two = {
      ...zero,
      iterations: [compaction],
      abandoned_attempts: [{ input_tokens: 2, output_tokens: 2 }],
    };

    expect(addUsage(one, two)).toEqual({
      ...zero,
      iterations: [message, compaction],
      abandoned_attempts: [
        { input_tokens: 1, output_tokens: 1 },
        { input_tokens: 2, output_tokens: 2 },
      ],
    });
  });

  it('takes an object of another type from the newer usage, since its fields belong together', () => {
    const redeemed = { status: { type: 'redeemed' } } as const;
    const notApplied = { status: { type: 'not_applied', reason: 'expired' } } as const;
    const add = (older: Usage['fallback_credit'], newer: Usage['fallback_credit']) =>
      addUsage({ ...zero, fallback_credit: older ?? null }, { ...zero, fallback_credit: newer ?? null })
        .fallback_credit;

    expect(add(notApplied, redeemed)).toStrictEqual(redeemed);
    expect(add(redeemed, notApplied)).toStrictEqual(notApplied);
    expect(add(notApplied, null)).toStrictEqual(notApplied);
  });

  it('adds counts of unknown names, including __proto__', () => {
    const usage = (json: string) => JSON.parse(json) as typeof zero;
    const sum = addUsage(usage('{"new_tokens":1,"__proto__":2}'), usage('{"new_tokens":10,"__proto__":20}'));

    expect(JSON.stringify(sum)).toBe('{"input_tokens":0,"output_tokens":0,"new_tokens":11,"__proto__":22}');
  });

  it('starts from zero', () => {
    expect(addUsage(undefined, undefined)).toEqual(zero);
    expect(addUsage(undefined, { input_tokens: 1, output_tokens: 2 })).toEqual({ input_tokens: 1, output_tokens: 2 });
  });
});
