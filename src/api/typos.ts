/**
 * Finds misspelled names among the parameters of a request, at compile time. Types only.
 *
 * Parameters that are not listed are sent unchanged, so that those of a newer API need no new version of this package.
 * A name that is nearly a listed one is therefore most likely a mistake, and every other one is accepted.
 */
import type { MessageCreateParams } from './params.js';

/**
 * For each misspelled name of these parameters, a type to which its value cannot be assigned. The names of a type with
 * an index signature, such as `MessageCreateParams` itself, are not checked.
 */
export type WithoutTypos<Params> = {
  readonly [Name in keyof Params as MeantName<Name> extends never ? never : Name]: Misspelled<MeantName<Name>>;
};

/** The compiler's error quotes this type, and with it the name that is meant. */
interface Misspelled<Meant> {
  readonly didYouMean: Meant;
}

type KnownName = keyof MessageCreateParams;

/** The listed names that a name nearly is; never if it is a listed name itself. */
type MeantName<Name> = Name extends string
  ? string extends Name
    ? never
    : Name extends KnownName
      ? never
      : NearestName<Name, KnownName>
  : never;

type NearestName<Name extends string, Known> = Known extends string
  ? Plain<Name> extends Plain<Known>
    ? Known
    : Known extends ShortName
      ? never
      : IsNear<Plain<Name>, Plain<Known>> extends true
        ? Known
        : never
  : never;

/** The names that are too short to say that a similar name is a mistake: an API may well add a `mode` or a `top_n`. */
type ShortName = 'model' | 'tools' | 'speed' | 'top_p' | 'top_k';

/** A name in lower case and without separators: `maxTokens` and `max-tokens` are both `maxtokens`. */
type Plain<Name extends string> = Name extends `${infer Start}${'_' | '-'}${infer End}`
  ? Plain<`${Start}${End}`>
  : Lowercase<Name>;

/** Whether two texts differ in one character, or in the order of two that are next to each other. */
type IsNear<A extends string, B extends string> = A extends `${infer FirstOfA}${infer RestOfA}`
  ? B extends `${infer FirstOfB}${infer RestOfB}`
    ? FirstOfA extends FirstOfB
      ? IsNear<RestOfA, RestOfB>
      : RestOfA extends RestOfB
        ? true
        : A extends RestOfB
          ? true
          : RestOfA extends B
            ? true
            : IsSwapped<RestOfA, FirstOfA, RestOfB, FirstOfB>
    : RestOfA extends ''
      ? true
      : false
  : B extends `${string}${infer RestOfB}`
    ? RestOfB extends ''
      ? true
      : false
    : false;

type IsSwapped<
  RestOfA extends string,
  FirstOfA extends string,
  RestOfB extends string,
  FirstOfB extends string,
> = RestOfA extends `${FirstOfB}${infer End}` ? (RestOfB extends `${FirstOfA}${End}` ? true : false) : false;
