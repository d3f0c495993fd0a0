import type { Message } from '../api/message.js';
import type { MessageCreateParams } from '../api/params.js';

/** What ran in a container goes on in it: the `container` of the request after a message, if the message has one. */
export function nextContainer(
  { container }: MessageCreateParams,
  message: Message,
): Pick<MessageCreateParams, 'container'> {
  const id = message.container?.id;
  if (id === undefined) return {};
  return { container: typeof container === 'object' && container !== null ? { ...container, id } : id };
}
