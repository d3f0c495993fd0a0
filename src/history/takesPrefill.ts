/** A model's generation, before or after its family's name. Its minor number has at most two digits: more is a date. */
const GENERATION = /(?:^|[^a-z])claude-(?:[a-z]+-)?v?(\d+)(?:[-.](\d{1,2})(?!\d))?/i;

/**
 * Says whether a model goes on with an assistant message that a request ends with (prefill): Claude 4.5 and earlier.
 *
 * Understands the names of the API, of Bedrock, of Vertex and of most gateways. Of a name that it does not understand
 * it says no: newer models answer 400, and any model understands the other way.
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
