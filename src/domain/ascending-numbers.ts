/** Where in an ascending column a number stands, or would stand: the first place whose number is not below it. */
export function placeIn(ascending: Float64Array, number: number): number {
  return firstPlace(ascending.length, (place) => (ascending[place] ?? Infinity) < number);
}

/** The first of so many places that is not before what is looked for; those that are before come first. */
export function firstPlace(length: number, isBefore: (place: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
