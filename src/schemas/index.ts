// The entry `rxjs-anthropic/schemas`: for events that do not come from a source of the package.
export { messageStreamEventSchema } from './messageStreamEventSchema.js';
