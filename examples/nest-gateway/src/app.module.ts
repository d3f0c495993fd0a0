import { Module } from '@nestjs/common';
import { API, connectApi } from './api.js';
import { AppController } from './app.controller.js';
import { ChatController } from './chat.controller.js';
import { Generations } from './generations.js';

@Module({
  controllers: [AppController, ChatController],
  providers: [Generations, { provide: API, useFactory: connectApi }],
})
export class AppModule {}
