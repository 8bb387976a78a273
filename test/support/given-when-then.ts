import { type Outcome, type SettingsChange, type TopologyCommand } from '../../src/domain/commands.js';
import { decide } from '../../src/domain/decide.js';
import type { AssignmentCause, RecordedTopologyEvent, RecoveryReason, TrackSettings } from '../../src/domain/events.js';
import { ORIGIN, type PeerNumber } from '../../src/domain/ids.js';
import { findUnsettled, findViolations } from '../../src/domain/invariants.js';
import type { PeerNode } from '../../src/domain/peer-node.js';
import { RelayTree } from '../../src/domain/relay-tree.js';
import { stateHash } from '../../src/event-log/state-hash.js';
import { fold } from '../../src/domain/evolve.js';

/** An event as a rule tells it: peers by name, without positions and times. */
export type ToldEvent = Readonly<{ event: string }> & Readonly<Record<string, unknown>>;

/** A command whose peers are named; the scenario knows their numbers. */
export type NamedCommand = (scenario: Scenario) => TopologyCommand;

export const NOW = 1_700_000_000_000;

export function track(settings: Partial<TrackSettings> = {}): TrackSettings {
  return {
    policy: 'shallowest',
    policyVersion: 1,
    rootPeerCount: 1,
    maxChildren: 3,
    maxDepth: 6,
    heartbeatTimeoutMs: 10_000,
    ...settings,
  };
}

type JoinWishes = Readonly<{ capacity?: number | null; token?: string | null; replace?: boolean; peersMax?: number }>;

export function join(peerId: string, wishes: JoinWishes = {}): NamedCommand {
  const { capacity = null, token = `token of ${peerId}`, replace = false, peersMax = 1_000 } = wishes;
  return ({ settings }) => ({
    type: 'Join',
    identity: { peerId, resumeHash: token },
    capacity,
    settings,
    peersMax,
    replace,
  });
}

export const leave = (peerId: string): NamedCommand => byNumber(peerId, (peer) => ({ type: 'Leave', peer }));
export const disconnect = (peerId: string): NamedCommand => byNumber(peerId, (peer) => ({ type: 'Disconnect', peer }));
export const expire = (peerId: string, silentMs = 10_000): NamedCommand =>
  byNumber(peerId, (peer) => ({ type: 'Expire', peer, silentMs }));
export const claim = (peerId: string, capacity: number | null): NamedCommand =>
  byNumber(peerId, (peer) => ({ type: 'ClaimCapacity', peer, capacity }));
export const kick = (peerId: string): NamedCommand => always({ type: 'Kick', peerId });
export const reassign = (peerId: string): NamedCommand => always({ type: 'Reassign', peerId });
export const configure = (change: SettingsChange): NamedCommand => always({ type: 'Configure', change });
export const suspect = (peerId: string, complaints: number): NamedCommand =>
  byNumber(peerId, (peer) => ({ type: 'Suspect', peer, complaints }));
export const tend = (): NamedCommand => always({ type: 'Tend' });
export const close = (): NamedCommand => always({ type: 'Close' });
export const recover = (reason: RecoveryReason, gapMs: number): NamedCommand =>
  always({ type: 'Recover', reason, gapMs });

function always(command: TopologyCommand): NamedCommand {
  return () => command;
}

function byNumber(peerId: string, command: (peer: PeerNumber) => TopologyCommand): NamedCommand {
  return (scenario) => command(scenario.numberOf(peerId));
}

/** What events a command came to, told by name. `from` is the former parent. */
export const joined = (peer: string, capacity: number | null = null): ToldEvent => ({
  event: 'PeerJoined',
  peer,
  capacity,
});
export const placed = (
  peer: string,
  under: string,
  depth: number,
  cause: AssignmentCause,
  from: string | null = null,
): ToldEvent => ({ event: 'ParentAssigned', peer, under, depth, cause, from });
export const waiting = (peer: string, from: string | null = null): ToldEvent => ({ event: 'PeerWaiting', peer, from });
export const left = (peer: string, from: string | null, cause = 'left'): ToldEvent => ({
  event: 'PeerLeft',
  peer,
  from,
  cause,
});
export const timedOut = (peer: string, from: string | null, silentMs = 10_000): ToldEvent => ({
  event: 'PeerTimedOut',
  peer,
  from,
  silentMs,
});
export const kicked = (peer: string, from: string | null): ToldEvent => ({ event: 'PeerKicked', peer, from });
export const claimed = (peer: string, capacity: number | null): ToldEvent => ({
  event: 'CapacityClaimed',
  peer,
  capacity,
});
export const resumed = (peer: string): ToldEvent => ({ event: 'PeerResumed', peer });
export const disconnected = (peer: string): ToldEvent => ({ event: 'PeerDisconnected', peer });
export const opened = (settings: TrackSettings): ToldEvent => ({ event: 'TrackOpened', settings });
export const configured = (settings: TrackSettings): ToldEvent => ({ event: 'TrackConfigured', settings });
export const closed = (): ToldEvent => ({ event: 'TrackClosed' });
export const recovered = (reason: RecoveryReason, gapMs: number): ToldEvent => ({
  event: 'ServiceRecovered',
  reason,
  gapMs,
});
/** What the events of trust come to, without their figures. */
export const about = (event: RecordedTopologyEvent['type'], peer: string): ToldEvent => ({ event, peer });

/** A track in which these commands have been carried out. */
export function given(settings: TrackSettings, ...before: readonly NamedCommand[]): Scenario {
  const scenario = new Scenario(settings);
  for (const command of before) {
    const outcome = scenario.run(command);
    if (!outcome.ok) throw new Error(`a given command was refused: ${outcome.reason}`);
  }
  return scenario;
}

/** One track under test. Every event is checked against the invariants, and every command against a replay of the log. */
export class Scenario {
  readonly tree = new RelayTree();
  readonly log: RecordedTopologyEvent[] = [];
  nowMs = NOW;
  outcome: Outcome = { ok: true, position: 0, peer: null };
  readonly #numbers = new Map<string, PeerNumber>();
  readonly #names = new Map<PeerNumber, string>([[ORIGIN, 'origin']]);

  constructor(readonly settings: TrackSettings) {}

  /** Carries out one more command. @returns the events it came to. */
  when(command: NamedCommand): ToldEvent[] {
    const before = this.log.length;
    this.run(command);
    return this.log.slice(before).map((event) => this.#tell(event));
  }

  run(command: NamedCommand): Outcome {
    this.nowMs += 10;
    this.outcome = decide(this.tree, command(this), this.nowMs, (event) => {
      if (event.type === 'PeerJoined') this.#learn(event.identity?.peerId ?? 'nameless', event.peer);
      this.log.push(event);
      refuse(findViolations(this.tree), event.type);
    });
    refuse(findUnsettled(this.tree), 'the command');
    if (stateHash(fold(this.log)) !== stateHash(this.tree)) throw new Error('the log tells another tree');
    return this.outcome;
  }

  /** The number a peer has or, after it left, had last. */
  numberOf(peerId: string): PeerNumber {
    const number = this.#numbers.get(peerId);
    if (number === undefined) throw new Error(`no peer ${peerId} ever joined`);
    return number;
  }

  peer(peerId: string): PeerNode {
    const peer = this.tree.peerNamed(peerId);
    if (peer === null) throw new Error(`no peer ${peerId} is in the track`);
    return peer;
  }

  /** The tree, one peer a line, two spaces for each hop; those who wait stand below the line `waiting`. */
  drawing(): string {
    const peers = [...this.tree.peers()];
    const fed = peers.filter((peer) => peer.parent === null && peer.standing === 'placed');
    const unfed = peers.filter((peer) => peer.standing === 'waiting');
    const lines = fed.flatMap((peer) => this.#draw(peer));
    if (unfed.length > 0) lines.push('waiting', ...unfed.flatMap((peer) => this.#draw(peer)));
    return lines.join('\n');
  }

  #draw(peer: PeerNode): string[] {
    return [
      '  '.repeat(peer.depth) + (peer.identity?.peerId ?? '?'),
      ...peer.children.flatMap((child) => this.#draw(child)),
    ];
  }

  #learn(peerId: string, number: PeerNumber): void {
    this.#numbers.set(peerId, number);
    this.#names.set(number, peerId);
  }

  #name(number: PeerNumber | null): string | null {
    return number === null ? null : (this.#names.get(number) ?? `unknown ${String(number)}`);
  }

  #tell(event: RecordedTopologyEvent): ToldEvent {
    switch (event.type) {
      case 'TrackOpened':
        return opened(event.settings);
      case 'TrackConfigured':
        return configured(event.settings);
      case 'TrackClosed':
        return closed();
      case 'ServiceRecovered':
        return recovered(event.reason, event.gapMs);
      case 'PeerJoined':
        return joined(this.#name(event.peer)!, event.capacity);
      case 'PeerResumed':
        return resumed(this.#name(event.peer)!);
      case 'PeerDisconnected':
        return disconnected(this.#name(event.peer)!);
      case 'CapacityClaimed':
        return claimed(this.#name(event.peer)!, event.capacity);
      case 'PeerLeft':
        return left(this.#name(event.peer)!, this.#name(event.formerParent), event.cause);
      case 'PeerTimedOut':
        return timedOut(this.#name(event.peer)!, this.#name(event.formerParent), event.silentMs);
      case 'PeerKicked':
        return kicked(this.#name(event.peer)!, this.#name(event.formerParent));
      case 'ParentAssigned':
        return placed(
          this.#name(event.peer)!,
          this.#name(event.parent)!,
          event.depth,
          event.cause,
          this.#name(event.formerParent),
        );
      case 'PeerTenured':
      case 'PeerSuspected':
      case 'PeerCleared':
      case 'StallReported':
      case 'PlanFollowed':
      case 'ForwardingFailed':
      case 'CapacityRevoked':
      case 'CapacityRestored':
      case 'PeerForgotten':
        return about(event.type, this.#name(event.peer)!);
      case 'RetentionApplied':
        return about(event.type, String(event.throughPosition));
      case 'PeerWaiting':
        return waiting(this.#name(event.peer)!, this.#name(event.formerParent));
    }
  }
}

/** A drawing as a test writes it: lines of an indented literal. */
export function lines(...drawn: readonly string[]): string {
  return drawn.join('\n');
}

function refuse(violations: readonly string[], after: string): void {
  if (violations.length > 0) throw new Error(`after ${after}: ${violations.join('; ')}`);
}
