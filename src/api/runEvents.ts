/**
 * The types of the events that `runTools` adds to those of the server. They do not come from the server, so they say
 * nothing about the connection.
 */
export const RUN_EVENTS: ReadonlySet<string> = new Set([
  'tool_approval_required',
  'tool_progress',
  'tool_result',
  'run_end',
]);
