/** The cases of the conformance kit, read with this package: as they are, and byte by byte. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRight, readCases, responseOf } from './support/cases.js';
import { readWithPackage } from './support/readWithPackage.js';

const cases = readCases(join(__dirname, 'cases'));

it.each(cases)('$group: $title ($name)', async (each) => {
  for (const response of [each.response, { ...each.response, chunkBytes: 1 }]) {
    const outcome = await readWithPackage(() => Promise.resolve(responseOf(response)));

    expect('error' in outcome ? outcome.error : 'complete').toBe(each.ours);
    expect([outcome, isRight(outcome, each)]).toEqual([outcome, true]);
  }
});

describe('the cases', () => {
  it('are more than 40, each with a reason', () => {
    expect(cases.length).toBeGreaterThan(40);
    expect(cases.filter(({ why }) => why.length < 20)).toEqual([]);
    expect(cases.filter(({ expect: outcomes }) => outcomes.length === 0)).toEqual([]);
  });

  it('are all in the table', () => {
    const table = readFileSync(join(__dirname, '../../docs/conformance.md'), 'utf8');
    const linked = [...table.matchAll(/\(\.\.\/spec\/conformance\/cases\/([\w-]+)\.json\)/g)].map(([, name]) => name);

    expect(linked.sort()).toEqual(cases.map(({ name }) => name).sort());
  });

  it('have titles of their own', () => {
    expect(new Set(cases.map(({ group, title }) => `${group}: ${title}`)).size).toBe(cases.length);
  });
});

describe('isRight', () => {
  const each = { expect: [{ complete: { text: 'a' } }] } as unknown as (typeof cases)[number];

  it('compares the fields that are expected', () => {
    const answer = { text: 'a', tools: [], stopReason: null };

    expect(isRight({ complete: answer }, each)).toBe(true);
    expect(isRight({ complete: { ...answer, text: 'b' } }, each)).toBe(false);
    expect(isRight({ error: 'Error' }, each)).toBe(false);
    expect(isRight({ error: 'Error' }, { ...each, expect: [{ error: true }] })).toBe(true);
    expect(isRight({ complete: answer }, { ...each, expect: [{ error: true }] })).toBe(false);
  });
});
