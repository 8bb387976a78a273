/** The command line asks for something that cannot be: the message says what is allowed. Exit code 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** Exit codes of every verb, part of the public contract. */
export const EXIT_OK = 0;
/** The verb did its work and found something wrong, or damage stopped it. */
export const EXIT_FINDING = 1;
export const EXIT_WRONG_USE = 2;
