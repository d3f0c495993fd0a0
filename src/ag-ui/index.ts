export { toAgUiEvents, type ToAgUiEventsOptions } from './toAgUiEvents.js';
export type { AgUiEvent, AgUiMessage, AgUiOutcome, AgUiUsage } from './agUiEvent.js';
