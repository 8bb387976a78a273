import type { RecordedTopologyEvent } from '../../domain/events.js';
import type { PeerNumber, Position } from '../../domain/ids.js';
import type { RelayTree } from '../../domain/relay-tree.js';
import { causeOf, type FeedChange, type Incident, type IncidentWatch, inOrder } from './incident.js';
import { type Departure, departureOf, type Loss, LossWindow } from './losses.js';
import { AFTERMATH_MS, type IncidentThresholds } from './thresholds.js';

interface MassLoss {
  readonly losses: Set<Loss>;
  audience: number;
  readonly follows: Position | null;
  /** Whether the departures alone are enough. */
  isDepartures: boolean;
  endedAt: number;
}

/**
 * Finds the moments at which a large part of the audience departed, or lost its feed at once. However peers went, they count: by
 * goodbye, by timeout, by an operator. A suspicion is no departure, but those below the suspect lose their feed by it.
 */
export class MassLosses implements IncidentWatch {
  readonly #departures: LossWindow;
  readonly #interruptions: LossWindow;
  readonly #suspects = new Map<PeerNumber, Loss>();
  readonly #found: MassLoss[] = [];
  readonly #foundWith = new Map<Loss, MassLoss>();
  #open: MassLoss | null = null;
  #wasRelay = false;
  #recovered: { readonly position: Position; readonly recordedAt: number } | null = null;

  constructor(private readonly thresholds: IncidentThresholds) {
    this.#departures = new LossWindow(thresholds.windowMs);
    this.#interruptions = new LossWindow(thresholds.atOnceMs);
  }

  before(event: RecordedTopologyEvent, tree: RelayTree): void {
    this.#wasRelay = 'peer' in event && (tree.peer(event.peer)?.children.length ?? 0) > 0;
  }

  after(event: RecordedTopologyEvent, tree: RelayTree, { cut }: FeedChange): void {
    if (event.type === 'ServiceRecovered') this.#recovered = event;
    if (event.type === 'PeerCleared') this.#clear(event.peer);
    // What the verdict on a forwarder takes along is told with the verdict; who gives its slot to another is moved by plan.
    if (event.type === 'CapacityRevoked' || event.type === 'ParentAssigned') return;
    const departed = departureOf(event);
    if (departed === null && event.type !== 'PeerSuspected' && cut.length === 0) return;
    this.#add(this.#lossOf(event, departed), event, departed, cut, tree);
  }

  finish(): Incident[] {
    return this.#found.flatMap((found) => this.#settled(found) ?? []);
  }

  #lossOf(event: RecordedTopologyEvent, departed: Departure | null): Loss {
    const peer = 'peer' in event ? event.peer : 0;
    const { recordedAt } = event;
    const since = event.type === 'PeerTimedOut' ? recordedAt - event.silentMs : recordedAt;
    const known = this.#suspects.get(peer);
    const loss = known ?? {
      peer,
      positions: [],
      lastAt: recordedAt,
      since,
      wasRelay: this.#wasRelay,
      interrupted: [],
      departed,
      suspected: event.type === 'PeerSuspected',
    };
    loss.positions.push(causeOf(event));
    loss.lastAt = recordedAt;
    loss.since = Math.min(loss.since, since);
    loss.departed = departed;
    if (departed !== null) this.#suspects.delete(peer);
    else if (event.type === 'PeerSuspected') this.#suspects.set(peer, loss);
    return loss;
  }

  #add(
    loss: Loss,
    { recordedAt }: RecordedTopologyEvent,
    departed: Departure | null,
    cut: readonly PeerNumber[],
    tree: RelayTree,
  ): void {
    for (const peer of cut) loss.interrupted.push(peer);
    this.#departures.moveTo(recordedAt);
    this.#interruptions.moveTo(recordedAt);
    if (departed !== null) this.#departures.add(loss, recordedAt, 1);
    if (cut.length > 0) this.#interruptions.add(loss, recordedAt, cut.length);
    // Those who departed within the window are gone from the tree by now.
    const audience = tree.size + this.#departures.weight;
    const isDepartures = this.#isDepartures(this.#departures.weight, audience);
    const isInterruption = this.#interruptions.weight >= this.thresholds.interruptedPeersMin;
    if (this.#open !== null && recordedAt - this.#open.endedAt > this.thresholds.windowMs) this.#open = null;
    if (!isDepartures && !isInterruption) {
      this.#open = null;
      return;
    }
    if (this.#open === null || (isDepartures && !this.#open.isDepartures)) {
      const members = [
        ...(isInterruption ? this.#interruptions.losses() : []),
        ...(isDepartures ? this.#departures.losses() : []),
      ];
      this.#open ??= this.#opened(members, isDepartures ? audience : tree.size + (departed === null ? 0 : 1));
      for (const member of members) this.#join(this.#open, member);
    } else this.#join(this.#open, loss);
    if (isDepartures && !this.#open.isDepartures) {
      this.#open.isDepartures = true;
      this.#open.audience = audience;
    }
    this.#open.endedAt = recordedAt;
  }

  /** Goes on with the incident that one of them belongs to already: a suspect of then may be a departure of now. */
  #opened(members: readonly Loss[], audience: number): MassLoss {
    for (const member of members) {
      const known = this.#foundWith.get(member);
      if (known !== undefined) return known;
    }
    const firstAt = members.reduce((first, { lastAt }) => Math.min(first, lastAt), Infinity);
    const found = { losses: new Set<Loss>(), audience, follows: this.#gapBefore(firstAt) };
    const opened: MassLoss = { ...found, isDepartures: false, endedAt: firstAt };
    this.#found.push(opened);
    return opened;
  }

  #join(found: MassLoss, loss: Loss): void {
    found.losses.add(loss);
    this.#foundWith.set(loss, found);
  }

  #clear(peer: PeerNumber): void {
    const loss = this.#suspects.get(peer);
    if (loss !== undefined) loss.suspected = false;
    this.#suspects.delete(peer);
  }

  #isDepartures(departed: number, audience: number): boolean {
    const { departedPeersMin, departedPercentageMin, departedShareFloor } = this.thresholds;
    if (departed >= departedPeersMin) return true;
    return departed >= departedShareFloor && departed * 100 >= audience * departedPercentageMin;
  }

  #gapBefore(atMs: number): Position | null {
    const gap = this.#recovered;
    return gap !== null && atMs - gap.recordedAt <= AFTERMATH_MS ? gap.position : null;
  }

  /** Null when it is none after all, because the same few lost their feed several times over. */
  #settled({ losses, audience, follows, isDepartures, endedAt }: MassLoss): Incident | null {
    const all = [...losses];
    const peers = [...new Set(all.map(({ peer }) => peer))].filter((peer) => peer !== 0);
    const about = new Set(peers);
    const hit = [...new Set(all.flatMap(({ interrupted }) => interrupted))].filter((peer) => !about.has(peer));
    const isInterruption = hit.length >= this.thresholds.interruptedPeersMin;
    if (!isDepartures && !isInterruption) return null;
    const kind = isDepartures ? 'departures' : 'interruption';
    const causes = inOrder(all.flatMap(({ positions }) => positions));
    const went = (how: Departure): number => all.filter(({ departed }) => departed === how).length;
    return {
      kind,
      rules: isDepartures && isInterruption ? ['departures', 'interruption'] : [kind],
      firstPosition: causes[0] ?? 0,
      lastPosition: causes.at(-1) ?? 0,
      startedAt: all.reduce((first, { since }) => Math.min(first, since), Infinity),
      endedAt,
      peers,
      hit,
      size: about.size + hit.length,
      causes,
      figures: {
        kind,
        departed: all.filter(({ departed }) => departed !== null).length,
        goodbyes: went('left'),
        timedOut: went('timed_out'),
        kicked: went('kicked'),
        suspected: all.filter(({ departed, suspected }) => suspected && departed === null).length,
        relays: all.filter(({ wasRelay }) => wasRelay).length,
        interrupted: hit.length,
        audience,
        silentMsMax: all.reduce((longest, { lastAt, since }) => Math.max(longest, lastAt - since), 0),
        follows,
      },
      consequences: [],
    };
  }
}
