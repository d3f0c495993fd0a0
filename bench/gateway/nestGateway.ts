import 'reflect-metadata';
import { Controller, HttpCode, Logger, Module, Req, RequestMethod, Res, Sse, type MessageEvent } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Request, Response } from 'express';
import type { RequestListener } from 'node:http';
import type { Observable } from 'rxjs';
import { streamMessage } from 'rxjs-anthropic';
import { demandOf, toMessageEvents } from 'rxjs-anthropic/relay';
import { SDK_PARAMS } from '../loops.js';

/** Creates a NestJS application that answers with `@Sse()`. */
export async function createNestGateway(api: string): Promise<RequestListener> {
  @Controller()
  class ChatController {
    @Sse('{*path}', { method: RequestMethod.POST })
    @HttpCode(200)
    chat(@Req() request: Request, @Res({ passthrough: true }) response: Response): Observable<MessageEvent> {
      const options = { apiKey: 'none', baseURL: `${api}${request.url}`, demand: demandOf(response) };
      return streamMessage(SDK_PARAMS, options).pipe(toMessageEvents());
    }
  }

  @Module({ controllers: [ChatController] })
  class AppModule {}

  Logger.overrideLogger(['error']);
  const app = await NestFactory.create(AppModule);
  await app.init();
  return app.getHttpAdapter().getInstance() as RequestListener;
}
