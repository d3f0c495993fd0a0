import type { Message } from '../api/message.js';
import type { MessageCreateParams } from '../api/params.js';
import { asString, readPath } from '../utils/inspect.js';

type ContainerParams = Pick<MessageCreateParams, 'container'>;

/**
 * Returns the parameter `container` for the request after a message: the message's container, so that the API's code
 * execution finds its files again. Returns an empty object if the message has no container.
 */
export function nextContainer(params: ContainerParams, message: Message): ContainerParams {
  return withContainer(params, message.container?.id);
}

/** Returns the parameter `container` with this id; an empty object if there is no id. */
export function withContainer({ container }: ContainerParams, id: string | undefined): ContainerParams {
  if (id === undefined) return {};
  return { container: typeof container === 'object' && container !== null ? { ...container, id } : id };
}

/** Returns the id of the container in the parameters of a request, if there is one. */
export function containerIdOf({ container }: ContainerParams): string | undefined {
  return asString(container) ?? asString(readPath(container, 'id'));
}
