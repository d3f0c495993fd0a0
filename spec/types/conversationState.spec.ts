import { expectTypeOf } from 'expect-type';
import type { AnthropicError, ConversationState, ConversationStatus, ConversationTool } from '../../src/index.js';

/*
 * `tsc` checks these specs, in `npm run check`. Jest only runs them.
 */
describe('the type of a conversation state', () => {
  it('has the error wherever there is one, and nowhere else', () => {
    const read = (state: ConversationState): string | undefined => {
      switch (state.status) {
        case 'error':
          expectTypeOf(state.error).toEqualTypeOf<AnthropicError>();
          expectTypeOf(state.delayMs).toEqualTypeOf<undefined>();
          return state.error.message;
        case 'retrying':
        case 'reconnecting':
          expectTypeOf(state.error).toEqualTypeOf<AnthropicError | undefined>();
          expectTypeOf(state.delayMs).toEqualTypeOf<number>();
          return state.error?.message;
        case 'aborted':
          expectTypeOf(state.error).toEqualTypeOf<AnthropicError | undefined>();
          expectTypeOf(state.delayMs).toEqualTypeOf<undefined>();
          return state.error?.message;
        default:
          expectTypeOf(state.error).toEqualTypeOf<undefined>();
          return state.error;
      }
    };

    expect(read).toBeInstanceOf(Function);
  });

  it('has every status, and the other fields whatever the status is', () => {
    expectTypeOf<ConversationState['status']>().toEqualTypeOf<ConversationStatus>();
    expectTypeOf<ConversationState['error']>().toEqualTypeOf<AnthropicError | undefined>();
    expectTypeOf<ConversationState['delayMs']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<ConversationState['tools']>().toEqualTypeOf<readonly ConversationTool[]>();
    expectTypeOf<ConversationState<'call'>['tools']>().toEqualTypeOf<readonly 'call'[]>();

    const read = ({ status, error }: ConversationState) => (status === 'error' ? error.retryable : false);

    expect(read).toBeInstanceOf(Function);
  });
});
