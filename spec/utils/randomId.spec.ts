import { randomId } from '../../src/utils/randomId.js';

describe('randomId', () => {
  const ids = () => Array.from({ length: 100 }, () => randomId());

  it('returns 32 hexadecimal digits, which differ each time', () => {
    expect(ids().filter((id) => /^[0-9a-f]{32}$/.test(id))).toHaveLength(100);
    expect(new Set(ids()).size).toBe(100);
  });

  it('does so in a runtime without crypto', () => {
    const crypto = jest.replaceProperty<{ crypto?: Crypto }, 'crypto'>(globalThis, 'crypto', undefined);
    const found = ids();
    crypto.restore();

    expect(found.filter((id) => /^[0-9a-f]{32}$/.test(id))).toHaveLength(100);
    expect(new Set(found).size).toBe(100);
  });
});
