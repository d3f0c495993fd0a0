// The entry point `rxjs-anthropic/schemas`: validates events that do not come from a source of the package.
export { messageStreamEventSchema } from './messageStreamEventSchema.js';
