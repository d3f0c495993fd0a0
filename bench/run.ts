/** Runs the benches: all, or the ones that are named. `npm run bench -- json` */
import { json } from './json.js';

const sections: Readonly<Record<string, () => Promise<void>>> = { json };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(sections, name));
if (unknown.length > 0) {
  console.error(`No section ${unknown.join(', ')}. There are: ${Object.keys(sections).join(', ')}.`);
  process.exit(1);
}
for (const [name, run] of Object.entries(sections)) if (wanted.length === 0 || wanted.includes(name)) await run();
