// Serves the built application and the service behind it, on one address, until SIGINT or SIGTERM.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { connectApi } from './api.js';
import { createService } from './service.js';

const files = fileURLToPath(new URL('../dist/browser', import.meta.url));
const api = await connectApi();
const service = createService(api, files);
service.server.listen(Number(process.env['PORT'] ?? 4200), '127.0.0.1');
await once(service.server, 'listening');

console.log(api.isDemo ? 'There is no ANTHROPIC_API_KEY: the answers are scripted.' : `model: ${api.model}`);
console.log(`listening on http://127.0.0.1:${(service.server.address() as AddressInfo).port}`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await service.close();
await api.close();
