/** The fields of a tool in the API, besides its name, its description and its schema. */
export interface ToolFields {
  /** The type of a tool that the API defines. Default: `custom`, a tool of your own. */
  readonly type?: string | null | undefined;
  /**
   * Whether the API guarantees that the input matches the schema. The schema is then sent in the form that
   * `outputFormat` creates.
   */
  readonly strict?: boolean | undefined;
  readonly cache_control?: { readonly type: 'ephemeral'; readonly ttl?: '5m' | '1h' | undefined } | null | undefined;
  /** Streams the input as it is generated, without the API's buffering and validation of each value. */
  readonly eager_input_streaming?: boolean | null | undefined;
  /** Whether the model sees the tool only once a tool search has found it. */
  readonly defer_loading?: boolean | undefined;
  /** Who may call the tool: the model (`direct`), or code that the API executes. */
  readonly allowed_callers?: readonly string[] | undefined;
  readonly input_examples?: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** Text editor: the longest text that `view` shows. */
  readonly max_characters?: number | null | undefined;
  /** Computer use. */
  readonly display_width_px?: number | undefined;
  readonly display_height_px?: number | undefined;
  readonly display_number?: number | null | undefined;
  readonly enable_zoom?: boolean | undefined;
  /** Toolsets: which tools are enabled, by their names. */
  readonly configs?: Readonly<Record<string, unknown>> | undefined;
}

/** The fields that are sent. Any other field of an object that defines a tool is the object's own. */
const SENT_FIELDS = [
  'type',
  'description',
  'strict',
  'cache_control',
  'eager_input_streaming',
  'defer_loading',
  'allowed_callers',
  'input_examples',
  'max_characters',
  'display_width_px',
  'display_height_px',
  'display_number',
  'enable_zoom',
  'configs',
] as const satisfies readonly (keyof ToolFields | 'description')[];

/** Returns the fields that are sent, also those that an object inherits. */
export function pickToolFields(
  tool: ToolFields & { readonly description?: string | undefined },
): Record<string, unknown> {
  const fields = SENT_FIELDS.map((name) => [name, tool[name]] as const).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields);
}
