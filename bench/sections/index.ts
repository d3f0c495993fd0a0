import type { Section } from '../report.js';
import { accumulate } from './accumulate.js';
import { bundle } from './bundle.js';
import { concurrent } from './concurrent.js';
import { costs } from './costs.js';
import { decode } from './decode.js';
import { fairness } from './fairness.js';
import { frames } from './frames.js';
import { gateway } from './gateway.js';
import { json } from './json.js';
import { memory } from './memory.js';
import { operators } from './operators.js';
import { path } from './path.js';
import { snapshots } from './snapshots.js';
import { sockets } from './sockets.js';
import { startup } from './startup.js';
import { wide } from './wide.js';

/** All sections, in the order in which they run, and in which their headlines are listed. */
export const sections: Readonly<Record<string, Section>> = {
  sockets,
  path,
  decode,
  accumulate,
  snapshots,
  wide,
  json,
  operators,
  fairness,
  concurrent,
  gateway,
  frames,
  memory,
  bundle,
  startup,
  costs,
};
