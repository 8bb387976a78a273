/** What a wrong use is called, where HTTP has a code for the same. */
export type WrongUseCode = 'invalid_time' | 'unknown_track' | 'unknown_peer' | 'no_data_directory';

/** The command line asks for something that cannot be: the message says what is allowed. Exit code 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';

  /** @param code stands in front of the message when there is one. */
  constructor(
    message: string,
    readonly code: WrongUseCode | null = null,
  ) {
    super(message);
  }
}

/** Exit codes of every verb, part of the public contract. */
export const EXIT_OK = 0;
/** The verb did its work and found something wrong, or damage stopped it. */
export const EXIT_FINDING = 1;
export const EXIT_WRONG_USE = 2;
