/** The two hashes of a `RetentionApplied`, hex: of the last commit that is gone, and of the state it left. */
interface RetentionHashes {
  readonly chainHash: string;
  readonly stateHash: string;
}

const DETAIL = /^\{"chain_hash":"([0-9a-f]{64})","state_hash":"([0-9a-f]{64})"\}$/;

/** `detail` of `RetentionApplied`: JSON in a fixed order of keys, because its bytes are hashed. */
export function detailOfRetention({ chainHash, stateHash }: RetentionHashes): string {
  return JSON.stringify({ chain_hash: chainHash, state_hash: stateHash });
}

/** The hashes back, or null when `detail` is not what `detailOfRetention` writes. */
export function hashesOfRetention(detail: string): RetentionHashes | null {
  const [, chainHash, stateHash] = DETAIL.exec(detail) ?? [];
  return chainHash === undefined || stateHash === undefined ? null : { chainHash, stateHash };
}
