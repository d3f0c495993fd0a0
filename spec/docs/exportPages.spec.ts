import { join } from 'node:path';
import { exportPages } from '../../scripts/site/exportPages.js';

const pages = new Map(exportPages(join(__dirname, '../..')).map((page) => [page.name, page]));
const typesOn = (name: string) => pages.get(name)?.types.join('\n') ?? '';

describe('The page of an export', () => {
  it('shows the options of a function, with those that they extend', () => {
    expect(typesOn('retryOnConnectionError')).toContain('maxRetries?: number');
    expect(typesOn('continueOnConnectionError')).toContain('maxRetries?: number');
  });

  it('shows what a type is made of, if that is not exported', () => {
    expect(typesOn('AuditFrameOptions')).toContain('everyMs?: number');
    expect(typesOn('MessageCreateParams')).toContain('max_tokens: number');
  });

  it('leaves types with a page of their own to that page', () => {
    expect(typesOn('MessageStreamEvent')).not.toContain('interface MessageStartEvent');
    expect(typesOn('RecordToOptions')).not.toContain('interface ResumeFromOptions');
  });

  it('shows the members of a class without their bodies, and nothing that is private', () => {
    const signature = pages.get('MessageAccumulator')?.signature ?? '';

    expect(signature).toContain('get message(): Message | undefined;');
    expect(signature).toContain('end(): Message;');
    expect(signature).not.toMatch(/#|return /);
    expect(pages.get('AnthropicError')?.signature).toContain('get retryable(): boolean;');
    expect(pages.get('AnthropicError')?.signature).not.toContain('hasInstance');
  });

  it('shows no types of other packages, and none twice', () => {
    for (const { types } of pages.values()) {
      expect(types).toEqual([...new Set(types)]);
      expect(types.join('\n')).not.toMatch(/interface (?:SchedulerLike|AbortSignal)\b/);
    }
  });
});
