import { randomUUID } from 'node:crypto';
import { z } from 'zod';

/** What a client may send. Everything else, such as the model and `max_tokens`, is set by the service. */
export const ChatInput = z.object({
  /** Chosen by the client, so that it can send the same request again. */
  id: z.uuid().default(() => randomUUID()),
  messages: z
    .array(z.object({ role: z.enum(['user', 'assistant']), content: z.string().min(1).max(20_000) }))
    .min(1)
    .max(100),
});

export type ChatInput = z.infer<typeof ChatInput>;
