/**
 * The part of a value that has arrived: properties may be missing, arrays may be shorter, and strings may be
 * incomplete. Numbers, booleans and null are complete. Every `T` is also a `DeepPartial<T>`.
 */
export type DeepPartial<T> = T extends readonly (infer Item)[]
  ? number extends T['length']
    ? T extends unknown[]
      ? DeepPartial<Item>[]
      : readonly DeepPartial<Item>[]
    : { [Index in keyof T]?: DeepPartial<T[Index]> }
  : T extends object
    ? { [Key in keyof T]?: DeepPartial<T[Key]> }
    : T;
