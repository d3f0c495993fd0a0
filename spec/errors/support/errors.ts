/** Builds errors for the specs of this folder. */

/** The API's JSON of an error. */
export const errorBody = (type: string, details?: object) => ({
  type: 'error',
  error: { type, message: 'It failed.', details },
});

/** An error with a code, as Node creates it. */
export const withCode = (code: string, message = 'It failed.'): Error => Object.assign(new Error(message), { code });

/** Makes each error the cause of the one before, and returns the first. */
export const chain = (...errors: readonly Error[]): Error | undefined =>
  errors.reduceRight<Error | undefined>((cause, error) => Object.assign(error, { cause }), undefined);
