import { NAME_DIGEST_BYTES, TOPOLOGY_ROW_CODEC, typeCode, type TopologyRow } from './topology-row.js';

/**
 * Topology rows as `EVENT_COLUMNS` reads it: a JSON array for each column, and last, with their positions, the rows that
 * are not as usual.
 */
export type EventColumns = readonly [
  positions: string,
  recordedAt: string,
  types: string,
  peers: string,
  parents: string,
  formerParents: string,
  causedBy: string,
  causes: string,
  amounts: string,
  depths: string,
  unusual: string,
];

type Integers = readonly number[];
type MaybeIntegers = readonly (number | null)[];
/** What a row says beyond the columns. Usual is the first version, without detail, and the digest of a name where somebody joins. */
type Unusual = readonly [
  position: number,
  version: number,
  codec: number,
  digestBytes: number | null,
  detail: string | null,
];

const PEER_JOINED = typeCode('PeerJoined');
/** Stands for a digest that is there and was not read. */
const DIGEST_NOT_READ = new Uint8Array(NAME_DIGEST_BYTES);

/** The rows, in their order; of a name digest only the length is right. @throws SyntaxError for text that is no UTF-8. */
export function eventRowsOfColumns(columns: EventColumns): TopologyRow[] {
  const positions = JSON.parse(columns[0]) as Integers;
  const recordedAt = JSON.parse(columns[1]) as Integers;
  const types = JSON.parse(columns[2]) as Integers;
  const peers = JSON.parse(columns[3]) as MaybeIntegers;
  const parents = JSON.parse(columns[4]) as MaybeIntegers;
  const formerParents = JSON.parse(columns[5]) as MaybeIntegers;
  const causedBy = JSON.parse(columns[6]) as MaybeIntegers;
  const causes = JSON.parse(columns[7]) as MaybeIntegers;
  const amounts = JSON.parse(columns[8]) as MaybeIntegers;
  const depths = JSON.parse(columns[9]) as MaybeIntegers;
  const unusual = JSON.parse(columns[10]) as readonly Unusual[];
  let passed = 0;
  return positions.map((position, index) => {
    const type = types[index] ?? 0;
    const says = unusual[passed]?.[0] === position ? unusual[passed++] : undefined;
    return {
      position,
      recordedAt: recordedAt[index] ?? 0,
      type,
      version: says === undefined ? 1 : says[1],
      codec: says === undefined ? TOPOLOGY_ROW_CODEC : says[2],
      peer: peers[index] ?? null,
      parent: parents[index] ?? null,
      formerParent: formerParents[index] ?? null,
      causedBy: causedBy[index] ?? null,
      cause: causes[index] ?? null,
      amount: amounts[index] ?? null,
      depth: depths[index] ?? null,
      nameDigest: says === undefined ? usualDigest(type) : digestOfLength(says[3]),
      detail: says === undefined ? null : says[4],
    };
  });
}

function usualDigest(type: number): Uint8Array | null {
  return type === PEER_JOINED ? DIGEST_NOT_READ : null;
}

/** What stands for a digest of which only the length was read. */
function digestOfLength(length: number | null): Uint8Array | null {
  if (length === null) return null;
  return length === NAME_DIGEST_BYTES ? DIGEST_NOT_READ : new Uint8Array(length);
}
