import type { MessageParam } from 'rxjs-anthropic';
import { z } from 'zod';

/** A content block. The API validates what is in it. */
const block = z.looseObject({ type: z.string() });

const message = z.object({ role: z.enum(['user', 'assistant']), content: z.union([z.string(), z.array(block)]) });

/**
 * What the application sends: the conversation, or decisions about the calls that an answer waits for. Everything else,
 * such as the model and `max_tokens`, is set by the service. A service that has to trust a conversation stores it itself.
 */
export const ChatInput = z.union([
  z.object({
    resume: z.object({
      /** The id of the answer that waits. */
      id: z.string(),
      decisions: z.record(
        z.string(),
        z.union([z.boolean(), z.object({ approved: z.literal(false), reason: z.string().max(500).optional() })]),
      ),
    }),
  }),
  z.object({
    resume: z.undefined().optional(),
    messages: z
      .array(message)
      .min(1)
      .max(200)
      .transform((messages) => messages as MessageParam[]),
  }),
]);

export type ChatInput = z.infer<typeof ChatInput>;
