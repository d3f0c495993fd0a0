import type { Message } from '../api/message.js';
import type { MessageCreateParams } from '../api/params.js';

/**
 * Returns the parameter `container` for the request after a message: the message's container, so that the API's code
 * execution finds its files again. Returns an empty object if the message has no container.
 */
export function nextContainer(
  { container }: MessageCreateParams,
  message: Message,
): Pick<MessageCreateParams, 'container'> {
  const id = message.container?.id;
  if (id === undefined) return {};
  return { container: typeof container === 'object' && container !== null ? { ...container, id } : id };
}
