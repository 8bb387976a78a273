import type { RecordedTopologyEvent } from '../../domain/events.js';
import type { PeerNumber, Position } from '../../domain/ids.js';
import type { PeerNode } from '../../domain/peer-node.js';
import type { RelayTree } from '../../domain/relay-tree.js';
import { type Incident, type IncidentWatch, isShare } from './incident.js';
import { AFTERMATH_MS, type IncidentThresholds } from './thresholds.js';

/** One peer that failed, or is held for failed, and whom it took along. */
interface Failure {
  readonly peer: PeerNumber;
  readonly position: Position;
  readonly recordedAt: number;
  /** When the peer was last heard, as far as known. */
  since: number;
  readonly wasRelay: boolean;
  /** Those below it, who lost their feed with it. */
  readonly below: readonly PeerNumber[];
  timedOut: boolean;
  /** It answered after all. */
  cleared: boolean;
}

interface OpenIncident {
  readonly failures: Failure[];
  readonly audience: number;
  readonly follows: Position | null;
}

/**
 * Finds the moments at which a large part of the audience failed or lost its feed at once: relays that time out or are suspected
 * within one window, with all below them. A suspicion that was cleared does not count; goodbyes don't either.
 */
export class MassFailures implements IncidentWatch {
  /** Failures of the last window, in order. */
  readonly #recent: Failure[] = [];
  readonly #found: OpenIncident[] = [];
  readonly #suspected = new Map<PeerNumber, Failure>();
  #open: OpenIncident | null = null;
  #recovered: { readonly position: Position; readonly recordedAt: number } | null = null;

  constructor(private readonly thresholds: IncidentThresholds) {}

  before(event: RecordedTopologyEvent, tree: RelayTree): void {
    switch (event.type) {
      case 'PeerSuspected':
      case 'PeerTimedOut':
        this.#failed(event, tree);
        return;
      case 'PeerCleared':
        this.#clear(event.peer);
        return;
      case 'PeerLeft':
      case 'PeerKicked':
        this.#suspected.delete(event.peer);
        return;
      case 'ServiceRecovered':
        this.#recovered = event;
        return;
      default:
    }
  }

  finish(): Incident[] {
    return this.#found.flatMap((incident) => this.#settled(incident) ?? []);
  }

  #failed(event: RecordedTopologyEvent & { type: 'PeerSuspected' | 'PeerTimedOut' }, tree: RelayTree): void {
    const isTimeout = event.type === 'PeerTimedOut';
    const known = this.#suspected.get(event.peer);
    if (known !== undefined) {
      if (!isTimeout) return;
      known.timedOut = true;
      known.since = Math.min(known.since, event.recordedAt - event.silentMs);
      this.#suspected.delete(event.peer);
      return;
    }
    const peer = tree.peer(event.peer);
    const failure: Failure = {
      peer: event.peer,
      position: event.position,
      recordedAt: event.recordedAt,
      since: isTimeout ? event.recordedAt - event.silentMs : event.recordedAt,
      wasRelay: (peer?.children.length ?? 0) > 0,
      below: peer === null || peer.standing !== 'placed' ? [] : numbersBelow(peer),
      timedOut: isTimeout,
      cleared: false,
    };
    if (!isTimeout) this.#suspected.set(event.peer, failure);
    this.#add(failure, tree);
  }

  #add(failure: Failure, tree: RelayTree): void {
    while ((this.#recent[0]?.recordedAt ?? Infinity) < failure.recordedAt - this.thresholds.windowMs)
      this.#recent.shift();
    this.#recent.push(failure);
    // Those who failed within the window are gone from the tree by now.
    const gone = this.#recent.filter((one) => one.timedOut && one !== failure).length;
    const audience = tree.size + gone;
    if (!this.#isMass(this.#recent, audience)) {
      this.#open = null;
      return;
    }
    if (this.#open === null) {
      this.#open = { failures: [...this.#recent], audience, follows: this.#followsGap(this.#recent[0] ?? failure) };
      this.#found.push(this.#open);
    } else this.#open.failures.push(failure);
  }

  #clear(peer: PeerNumber): void {
    const failure = this.#suspected.get(peer);
    if (failure === undefined) return;
    failure.cleared = true;
    this.#suspected.delete(peer);
    const index = this.#recent.indexOf(failure);
    if (index >= 0) this.#recent.splice(index, 1);
  }

  #isMass(failures: readonly Failure[], audience: number): boolean {
    const { failedPeersMin, failedPercentageMin } = this.thresholds;
    // Counted in full only where the bare sum reaches the mark: most failures are far from it.
    const bound = failures.reduce((sum, { below }) => sum + 1 + below.length, 0);
    if (bound < failedPeersMin || !isShare(bound, audience, failedPercentageMin)) return false;
    const touched = touchedBy(failures).size;
    return touched >= failedPeersMin && isShare(touched, audience, failedPercentageMin);
  }

  #followsGap({ recordedAt }: Failure): Position | null {
    const gap = this.#recovered;
    return gap !== null && recordedAt - gap.recordedAt <= AFTERMATH_MS ? gap.position : null;
  }

  /** Null when too little is left of it once those who answered are taken out. */
  #settled({ failures, audience, follows }: OpenIncident): Incident | null {
    const failed = failures.filter(({ cleared }) => !cleared);
    const [first] = failed;
    const last = failed.at(-1);
    if (first === undefined || last === undefined || !this.#isMass(failed, audience)) return null;
    const peers = new Set(failed.map(({ peer }) => peer));
    const timedOut = failed.filter((failure) => failure.timedOut).length;
    return {
      kind: 'mass_failure',
      firstPosition: first.position,
      lastPosition: last.position,
      startedAt: Math.min(...failed.map(({ since }) => since)),
      endedAt: last.recordedAt,
      peers: [...peers],
      figures: {
        kind: 'mass_failure',
        relays: failed.filter(({ wasRelay }) => wasRelay).length,
        timedOut,
        suspected: failed.length - timedOut,
        interrupted: touchedBy(failed).size - peers.size,
        audience,
        silentMsMax: Math.max(...failed.map(({ recordedAt, since }) => recordedAt - since)),
        follows,
      },
    };
  }
}

function touchedBy(failures: readonly Failure[]): Set<PeerNumber> {
  const touched = new Set<PeerNumber>();
  for (const { peer, below } of failures) {
    touched.add(peer);
    for (const number of below) touched.add(number);
  }
  return touched;
}

/** With a stack of our own: a tree may be deep. */
function numbersBelow(top: PeerNode): PeerNumber[] {
  const below: PeerNumber[] = [];
  const open = [...top.children];
  for (let peer = open.pop(); peer !== undefined; peer = open.pop()) {
    below.push(peer.number);
    open.push(...peer.children);
  }
  return below;
}
