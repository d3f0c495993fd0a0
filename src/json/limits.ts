/**
 * The maximum number of containers that are open at once. One more makes the text invalid. Tool inputs are never nested
 * that deeply, and the limit ensures that code that recurses over the value, such as `JSON.stringify`, does not
 * overflow the stack.
 */
export const MAX_DEPTH = 1000;

/**
 * The maximum length of the text, in UTF-16 code units, including white space. A longer text is invalid. The limit is
 * about thirty times what a model writes in one message.
 */
export const MAX_LENGTH = 16_777_216;

/**
 * The longest piece that is read at once, in UTF-16 code units. Longer fragments are split, because a regular expression
 * may run out of stack in a very long text.
 */
export const MAX_PIECE = 65_536;
