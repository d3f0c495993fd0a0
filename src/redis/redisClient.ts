/** The keys and arguments of a script. */
export interface ScriptInput {
  readonly keys: string[];
  readonly arguments: string[];
}

/** A connection that receives messages: what `duplicate()` of a client returns. */
export interface RedisSubscriber {
  on(event: 'ready', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  destroy(): unknown;
}

/** What is used of a client of node-redis: what `createClient()`, `createCluster()` or `createSentinel()` returns. */
export interface RedisClientLike {
  eval(script: string, input: ScriptInput): Promise<unknown>;
  evalSha(sha1: string, input: ScriptInput): Promise<unknown>;
  /** Called once, when a reader has to wait for the first time. */
  duplicate(): RedisSubscriber;
}
