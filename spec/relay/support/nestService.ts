/** A NestJS application that forwards the answers of an API. It runs in a process of its own: Nest is an ES module. */
import 'reflect-metadata';
import { Body, Controller, Get, HttpCode, Module, Post, RequestMethod, Res, Sse } from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import compression from 'compression';
import type { Response } from 'express';
import { tap, type Observable } from 'rxjs';
import { retryOnConnectionError, streamMessage, type AnyEvent, type MessageCreateParams } from 'rxjs-anthropic';
import { demandOf, pipeToServerResponse, toMessageEvents, type FrameOptions } from 'rxjs-anthropic/relay';

interface Ask {
  /** The address of the API. */
  readonly api: string;
  readonly params: MessageCreateParams;
  readonly options?: FrameOptions;
  readonly retries?: boolean;
  readonly bug?: boolean;
}

let events = 0;

function generation({ api, params, retries, bug }: Ask, response?: Response): Observable<AnyEvent> {
  const demand = response === undefined ? undefined : demandOf(response);
  const events$ = streamMessage(params, { apiKey: 'sk-ant-the-key-of-the-service', baseURL: api, demand }).pipe(
    tap((event) => {
      events += 1;
      if (bug === true && event.type === 'content_block_delta') throw new TypeError('secret');
    }),
  );
  return retries === true ? events$.pipe(retryOnConnectionError({ initialDelayMs: 0 })) : events$;
}

@Controller()
class ChatController {
  @Sse('chat', { method: RequestMethod.POST })
  @HttpCode(200)
  chat(@Body() ask: Ask, @Res({ passthrough: true }) response: Response): Observable<MessageEvent> {
    return generation(ask, response).pipe(toMessageEvents(ask.options));
  }

  @Sse('created', { method: RequestMethod.POST })
  withoutHttpCode(@Body() ask: Ask): Observable<MessageEvent> {
    return generation(ask).pipe(toMessageEvents(ask.options));
  }

  @Post('piped')
  piped(@Body() ask: Ask, @Res() response: Response): void {
    generation(ask).pipe(pipeToServerResponse(response, ask.options)).subscribe();
  }

  @Get('state')
  state(): { events: number; bytes: number } {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return { events, bytes: heapUsed + external };
  }
}

@Module({ controllers: [ChatController] })
class AppModule {}

const app = await NestFactory.create(AppModule);
app.use(compression());
await app.listen(0, '127.0.0.1');
console.log(`listening on ${await app.getUrl()}`);
