/** Packs this package, installs and builds `examples/angular-chat` with it, and serves it: `npm run example:angular`. */
import { once } from 'node:events';
import { buildExample, startService } from './support/angularChat.js';

buildExample();
const service = startService({ PORT: process.env['PORT'] ?? '4200' });
console.log(`\n${await service.url}\nCtrl-C ends it.`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await service.close();
