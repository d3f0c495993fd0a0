// The entry `rxjs-anthropic/schemas`: for events that come from elsewhere than a source of the package.
export { messageStreamEventSchema } from './messageStreamEventSchema.js';
