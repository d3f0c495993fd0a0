export { traceMessage, type TraceMessageOptions } from './traceMessage.js';
export { traceRun, type TraceRunDecorator, type TraceRunOptions } from './traceRun.js';
export type { TraceOptions } from './traceOptions.js';
