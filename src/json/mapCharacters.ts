/** Maps each character of each string to the value beside the string. */
export function mapCharacters<Value>(...table: (readonly [characters: string, value: Value])[]): Map<string, Value> {
  return new Map(table.flatMap(([characters, value]) => Array.from(characters, (char) => [char, value] as const)));
}
