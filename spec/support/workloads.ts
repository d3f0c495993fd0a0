/** The workloads of `growth.slow.spec.ts`: every operator of the package, on inputs of growing length. */
import { jsonWorkloads } from './workloads/json.js';
import { messageWorkloads } from './workloads/messages.js';
import { requestWorkloads } from './workloads/requests.js';
import { runWorkloads } from './workloads/runs.js';
import { sourceWorkloads } from './workloads/sources.js';
import { textWorkloads } from './workloads/text.js';
import type { Workloads } from './workloads/workload.js';

export const workloads: Workloads = {
  ...sourceWorkloads,
  ...messageWorkloads,
  ...jsonWorkloads,
  ...runWorkloads,
  ...textWorkloads,
  ...requestWorkloads,
};
