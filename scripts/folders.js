/**
 * The folders of `src`, in the order in which data flows through them. A file imports only from its own folder and from the
 * folders above it: `npm run lint` enforces that. `docs/architecture.md` says what each of them is for.
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
  'testing',
];
