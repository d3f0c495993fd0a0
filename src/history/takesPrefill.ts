/**
 * A model's generation, before or after the name of its family. A minor number has at most two digits; a longer number
 * is a date.
 */
const GENERATION = /(?:^|[^a-z])claude-(?:[a-z]+-)?v?(\d+)(?:[-.](\d{1,2})(?!\d))?/i;

/**
 * Whether a model continues an assistant message at the end of a request (prefill): Claude 4.5 and earlier do.
 *
 * Understands the names that the API, Bedrock, Vertex and most gateways use. For any other name the answer is false:
 * newer models reject a prefill with status 400, and a user message that asks to continue works with every model.
 *
 * @param model - The request's `model`.
 * @see https://platform.claude.com/docs/en/api/errors#prefill-not-supported
 */
export function takesPrefill(model: string): boolean {
  const [matched, major, minor] = GENERATION.exec(model) ?? [];
  if (matched === undefined) return false;
  const generation = Number(major);
  return generation < 4 || (generation === 4 && Number(minor ?? 0) <= 5);
}
