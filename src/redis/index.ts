export { redisEventLog } from './redisEventLog.js';
export type { RedisEventLog, RedisEventLogOptions } from './redisEventLog.js';
export type { RedisClientLike, RedisSubscriber, ScriptInput } from './redisClient.js';
