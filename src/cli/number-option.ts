import { InvalidArgumentError } from 'commander';

/** A parser for an option that takes a whole number from `min` on. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min)
      throw new InvalidArgumentError(`Allowed is a whole number, ${String(min)} or more.`);
    return value;
  };
}
