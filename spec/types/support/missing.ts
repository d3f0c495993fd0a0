/**
 * Compares two types member by member, and names the members that the first one lacks.
 *
 *     Missing<{ a: 1 }, { a: 1 | 2; b: 3 }, 'X'>    // 'X.a: 2' | 'X.b'
 *
 * A name is a path: a field is `.name`, the items of an array are `[]`, an object of a union is the value of its `type`,
 * and a value comes after a colon, as in `response.message.stop_reason: 'compaction'`.
 *
 * Not compared: whether a field is optional or readonly, and members that accept any object with a `type`, with which
 * this package accepts what a newer API adds. Whether one type is assignable to the other is tested separately.
 */
export type Missing<Ours, Theirs, Path extends string> = unknown extends Ours
  ? never
  : unknown extends Theirs
    ? `${Path}: unknown`
    : | MissingValues<Exclude<Ours, undefined>, ValueIn<Theirs>, Path>
      | MissingItems<Extract<Ours, List>, Extract<Theirs, List>, Path>
      | MissingObjects<ObjectIn<Ours>, ObjectIn<Theirs>, Path>;

type List = readonly unknown[];

/** The members of a union that are not objects. */
type ValueIn<Union> = Exclude<Union, undefined | object> | Extract<Union, string>;

/** The members of a union that are objects, but not arrays. */
type ObjectIn<Union> = Exclude<Extract<Union, object>, List | string>;

type MissingValues<Ours, Theirs, Path extends string> = Theirs extends Ours ? never : `${Path}: ${NameOf<Theirs>}`;

type NameOf<Value> = string extends Value
  ? 'string'
  : Value extends string
    ? `'${Value}'`
    : Value extends number | boolean | null
      ? `${Value}`
      : 'another value';

type MissingItems<Ours extends List, Theirs extends List, Path extends string> = [Theirs] extends [never]
  ? never
  : [Ours] extends [never]
    ? `${Path}[]`
    : Missing<Ours[number], Theirs[number], `${Path}[]`>;

/** Distributes over their objects. */
type MissingObjects<Ours, Theirs, Path extends string> = Theirs extends { readonly type: infer Type extends string }
  ? string extends Type
    ? never
    : Type extends string
      ? MissingFields<Counterpart<Ours, Type>, Theirs, `${Path}.${Type}`>
      : never
  : MissingFields<Exclude<Ours, { readonly type: string }>, Theirs, Path>;

/** Our objects with that `type`; if there are none, those that accept any `type`. */
type Counterpart<Ours, Type extends string> = [WithType<Ours, Type>] extends [never]
  ? WithAnyType<Ours>
  : WithType<Ours, Type>;

type WithType<Ours, Type extends string> = Ours extends { readonly type: infer OurType }
  ? string extends OurType
    ? never
    : Type extends OurType
      ? Ours
      : never
  : never;

type WithAnyType<Ours> = Ours extends { readonly type: infer OurType }
  ? string extends OurType
    ? Ours
    : never
  : object extends Ours
    ? Ours
    : never;

type MissingFields<Ours, Theirs, Path extends string> = [Ours] extends [never]
  ? Path
  : AcceptsAnyFields<Ours> extends true
    ? never
    : {
        [Name in ListedName<Theirs>]-?: Name extends NameIn<Ours>
          ? Missing<FieldOf<Ours, Name>, Exclude<Theirs[Name], undefined>, `${Path}.${Name}`>
          : `${Path}.${Name}`;
      }[ListedName<Theirs>];

/** Whether a type is `object`, or lists only a `type`. */
type AcceptsAnyFields<Ours> = object extends Ours ? true : string extends FieldOf<Ours, 'type'> ? true : false;

/** The names of the fields that a type lists, without its index signature. */
type ListedName<Type> = keyof Type &
  keyof {
    [Name in keyof Type as string extends Name ? never : number extends Name ? never : Name & string]: unknown;
  } &
  string;

/** The names of the fields that any member of a union lists. */
type NameIn<Union> = Union extends unknown ? ListedName<Union> : never;

/** The type of a field in the members of a union that list it. */
type FieldOf<Union, Name extends string> = Union extends unknown
  ? Name extends ListedName<Union>
    ? Exclude<Union[Name], undefined>
    : never
  : never;

/**
 * Compiles only if `reasons` explains exactly the given differences. A difference without a reason is missing in it. A
 * reason for something that no longer differs is not assignable to `never`.
 */
export function expectDifferences<Difference extends string>() {
  return <Reasons extends Readonly<Record<Difference, string>>>(
    reasons: Reasons & { readonly [Name in Exclude<keyof Reasons, Difference>]: never },
  ): void => {
    expect(Object.values<string>(reasons)).not.toContain('');
  };
}
