import type { StandardSchemaV1 } from '../../../src/index.js';

/** Accepts every value. */
export const anySchema: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'spec', validate: (value) => ({ value }) },
};
