import {
  Body,
  Controller,
  Delete,
  Headers,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  RequestMethod,
  Res,
  Sse,
  StandardSchemaValidationPipe,
  type MessageEvent,
} from '@nestjs/common';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { toMessageEvents } from 'rxjs-anthropic/relay';
import { ChatInput } from './chatInput.js';
import { Generations } from './generations.js';
import { User } from './user.js';

@Controller('chat')
export class ChatController {
  readonly #generations: Generations;

  constructor(@Inject(Generations) generations: Generations) {
    this.#generations = generations;
  }

  /** Starts an answer. The same request again, with the same ID, follows the answer that it started. */
  @Sse('', { method: RequestMethod.POST })
  @HttpCode(200) // Nest answers a POST with 201 otherwise
  start(
    @User() user: string,
    @Body({ schema: ChatInput, pipes: [StandardSchemaValidationPipe] }) { id, messages }: ChatInput,
    @Headers('last-event-id') after: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Observable<MessageEvent> {
    response.setHeader('x-chat-id', id);
    return this.#generations.start({ user, id }, messages, after).pipe(toMessageEvents());
  }

  /** Follows an answer, from the start or after the event that the client has. */
  @Sse(':id')
  async resume(
    @User() user: string,
    @Param('id') id: string,
    @Headers('last-event-id') after: string | undefined,
  ): Promise<Observable<MessageEvent>> {
    if (!(await this.#generations.has({ user, id }))) throw new NotFoundException();
    return this.#generations.resume({ user, id }, after).pipe(toMessageEvents());
  }

  /** Stops an answer, for everybody who reads it. A client that only leaves does not stop it. */
  @Delete(':id')
  @HttpCode(204)
  stop(@User() user: string, @Param('id') id: string): Promise<void> {
    return this.#generations.stop({ user, id });
  }
}
