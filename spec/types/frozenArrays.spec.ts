import type Anthropic from '@anthropic-ai/sdk';
import { expectTypeOf } from 'expect-type';
import type * as api from '../../src/index.js';
import { buildMessage } from '../../src/testing/index.js';

/* The compiler is the test. Nothing here is called. */
type Content = api.Message['content'];
type Block = api.ContentBlock;

describe('the arrays of what is emitted', () => {
  it('cannot be written to', () => {
    const writes = (content: Content, block: Block) => {
      // @ts-expect-error -- the array is frozen
      content[0] = block;
      // @ts-expect-error -- the array is frozen
      content.length = 0;
      // @ts-expect-error -- the array is frozen
      content.push(block);
      // @ts-expect-error -- the array is frozen
      content.pop();
      // @ts-expect-error -- the array is frozen
      content.shift();
      // @ts-expect-error -- the array is frozen
      content.unshift(block);
      // @ts-expect-error -- the array is frozen
      content.splice(0, 1);
      // @ts-expect-error -- the array is frozen
      content.sort();
      // @ts-expect-error -- the array is frozen
      content.reverse();
      // @ts-expect-error -- the array is frozen
      content.fill(block);
      // @ts-expect-error -- the array is frozen
      content.copyWithin(0, 1);
    };

    expectTypeOf(writes).toBeFunction();
  });

  it('cannot be written to at any depth', () => {
    const writes = (text: api.TextBlock, usage: api.Usage, message: api.Message, citation: api.TextCitation) => {
      // @ts-expect-error -- the array is frozen
      text.citations?.push(citation);
      // @ts-expect-error -- the array is frozen
      usage.iterations?.push({ type: 'message' });
      // @ts-expect-error -- the array is frozen
      message.context_management?.applied_edits.push({});
      // @ts-expect-error -- the field is read-only
      message.usage = usage;
    };

    expectTypeOf(writes).toBeFunction();
  });

  it('are read and copied as any array', () => {
    const { content } = buildMessage({ content: ['one', 'two'] });
    const [first, ...rest] = content;
    const copy = [...content];
    copy.push(...content.slice(1));

    expectTypeOf(first).toEqualTypeOf<Block | undefined>();
    expectTypeOf(rest).toEqualTypeOf<Block[]>();
    expectTypeOf(copy).toEqualTypeOf<Block[]>();
    expectTypeOf(content.at(-1)).toEqualTypeOf<Block | undefined>();
    expectTypeOf(content.map(({ type }) => type)).toEqualTypeOf<Block['type'][]>();
    expectTypeOf(content.filter((block) => block.type === 'text')).toEqualTypeOf<api.TextBlock[]>();
    expect(copy).toHaveLength(3);
  });

  it('are accepted where any array is, and accept any array', () => {
    expectTypeOf<Content>().toExtend<Block[]>();
    expectTypeOf<Content>().toExtend<readonly Block[]>();
    expectTypeOf<Content>().toExtend<readonly api.BetaContentBlock[]>();
    expectTypeOf<Content>().toExtend<Anthropic.ContentBlockParam[]>();
    expectTypeOf<Content>().toExtend<Anthropic.Beta.BetaContentBlockParam[]>();
    expectTypeOf<Block[]>().toExtend<Content>();
    expectTypeOf<Anthropic.ContentBlock[]>().toExtend<Content>();
    expectTypeOf<Anthropic.TextCitation[]>().toExtend<NonNullable<api.TextBlock['citations']>>();
  });
});
