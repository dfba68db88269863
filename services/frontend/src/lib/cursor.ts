/** A place in what the gateway announces: the stream's epoch, and a sequence in it. */

/** Negative, zero or positive, as the first lies before, at or after the second. Of another stream: after. */
export function comparedTo(one: string, other: string): number {
  const [epoch, sequence] = split(one);
  const [otherEpoch, otherSequence] = split(other);
  return epoch === otherEpoch ? sequence - otherSequence : 1;
}

/** The later of two; what is of another stream is the newer one. */
export function later(known: string | undefined, told: string | undefined): string | undefined {
  if (!known || !told) return told ?? known;
  return comparedTo(told, known) > 0 ? told : known;
}

function split(cursor: string): [string, number] {
  const dash = cursor.lastIndexOf('-');
  return [cursor.slice(0, dash), Number(cursor.slice(dash + 1))];
}
