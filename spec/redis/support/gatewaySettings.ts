/** What a gateway is told when it starts, as JSON. */
export interface GatewaySettings {
  readonly redisUrl: string;
  readonly apiUrl: string;
  readonly leaseMs: number;
  /** Whether a gateway continues the streams of one that has died. */
  readonly takesOver: boolean;
}

/** When a process is to be killed: at which event, and when exactly. */
export interface KillPoint {
  readonly position: number;
  readonly when: 'before append' | 'between append and delivery' | 'after delivery';
}

/** The request that all gateways send. */
export const params = {
  model: 'claude-opus-5-5',
  max_tokens: 1024,
  messages: [{ role: 'user' as const, content: 'Tell me about the tide.' }],
};
