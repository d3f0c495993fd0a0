import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';

const app = await NestFactory.create<NestExpressApplication>(AppModule);
app.useBodyParser('json', { limit: '4mb' }); // a conversation is often longer than the default, 100 kB
app.enableShutdownHooks(); // SIGTERM: no new requests, and open streams finish
await app.listen(process.env['PORT'] ?? 3000, process.env['HOST'] ?? '127.0.0.1');
console.log(`listening on ${await app.getUrl()}`);
