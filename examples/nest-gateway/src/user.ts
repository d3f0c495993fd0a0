import { createParamDecorator, UnauthorizedException, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';

/** The user of a request, from the header `x-user`, which the proxy in front of this service sets. Use your own authentication here. */
export const User = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const user = context.switchToHttp().getRequest<Request>().get('x-user');
  if (user === undefined || !/^\w{1,64}$/.test(user)) throw new UnauthorizedException();
  return user;
});
