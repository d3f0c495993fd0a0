/**
 * The folders of `src`, in the order in which data flows through them. A file may import only from its own folder and from
 * folders earlier in this list; `npm run lint` enforces it. `docs/architecture.md` describes each folder.
 */
export const FOLDERS = [
  'utils',
  'api',
  'errors',
  'json',
  'protocol',
  'schemas',
  'accumulate',
  'history',
  'rx',
  'bridge',
  'source',
  'operators',
  'tools',
  'conversation',
  'core',
  'relay',
  'redis',
  'angular',
  'node',
  'ai-sdk',
  'opentelemetry',
  'mcp',
  'ag-ui',
  'bedrock',
  'testing',
];
