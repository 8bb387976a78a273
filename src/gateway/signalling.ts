import type { PeerNode } from '../domain/peer-node.js';
import type { RelayTree } from '../domain/relay-tree.js';
import { type Refusal, refusal } from '../protocol/rejection.js';
import type { Relayed, ServerMessage } from '../protocol/server-messages.js';
import type { TopologyService } from '../topology/topology-service.js';
import { SIGNALS_WAITING_LENGTH_MAX } from './limits.js';
import type { PeerBinding, PeerSession } from './peer-session.js';
import type { PeerSessions } from './peer-sessions.js';
import { NOT_REGISTERED } from './session-refusals.js';

type SignalAnswer = (acknowledgement: Relayed | Refusal) => void;
/** Makes the message for the receiver; the sender cannot choose what stands in `from`. */
type SignalFrom = (from: string) => ServerMessage;

interface WaitingSignal {
  readonly session: PeerSession;
  readonly binding: PeerBinding;
  readonly to: string;
  readonly messageFrom: SignalFrom;
  /** Characters, roughly. */
  readonly length: number;
  readonly answer: SignalAnswer;
}

/**
 * Carries offers, answers and candidates between a parent and its child, and between those who a plan may connect (heir and
 * grandparent, sibling and heir), and between nobody else. Who is whose parent is
 * looked up when the tree holds nothing but durable events; one look serves all signals that wait.
 */
export class Signalling {
  #waiting: WaitingSignal[] = [];
  #waitingLength = 0;

  constructor(
    private readonly topology: TopologyService,
    private readonly sessions: PeerSessions,
  ) {}

  /**
   * Refusals: `not_registered`; `unknown_peer` (no such peer in the track, or it is not connected at present);
   * `forbidden_target` (neither parent nor child, nor planned to be); `busy`; `storage_unavailable`.
   *
   * @param to peer_id of the receiver. @param length characters of the message.
   */
  relay(session: PeerSession, to: string, length: number, messageFrom: SignalFrom, answer: SignalAnswer): void {
    const { binding } = session.state;
    if (binding === null) {
      answer(NOT_REGISTERED);
      return;
    }
    if (this.#waitingLength + length > SIGNALS_WAITING_LENGTH_MAX) {
      answer(refusal('busy', 'too many signals are waiting; try again with back-off'));
      return;
    }
    this.#waiting.push({ session, binding, to, messageFrom, length, answer });
    this.#waitingLength += length;
    if (this.#waiting.length === 1) this.#look(binding.track);
  }

  #look(track: string): void {
    const look = (): null => {
      for (const signal of this.#takeWaiting()) signal.answer(this.#relay(signal));
      return null;
    };
    void this.topology.writer.read(track, look).then((refused) => {
      if (refused === null) return;
      for (const signal of this.#takeWaiting()) signal.answer(refused);
    });
  }

  #takeWaiting(): WaitingSignal[] {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#waitingLength = 0;
    return taken;
  }

  #relay({ session, binding, to, messageFrom }: WaitingSignal): Relayed | Refusal {
    const tree = this.topology.tracks.get(binding.track)?.tree ?? null;
    const sender = session.state.binding === binding ? (tree?.peer(binding.peer) ?? null) : null;
    if (tree === null || sender === null) return NOT_REGISTERED;
    const receiver = tree.peerNamed(to);
    if (receiver === null) return refusal('unknown_peer', `no peer ${to} is in the track`);
    const other = this.sessions.of(binding.track, receiver.number);
    if (!isLink(tree, sender, receiver, session) && !isLink(tree, receiver, sender, other)) {
      return refusal(
        'forbidden_target',
        `${to} is neither the parent nor a child of this peer, and in no plan with it`,
      );
    }
    const isDelivered = other?.deliver(messageFrom(binding.peerId)) ?? false;
    return isDelivered ? { ok: true } : refusal('unknown_peer', `${to} is not connected at present`);
  }
}

/**
 * Whether `child` is fed by `parent`, or would turn to it when it lost its own. A client that knows no plans offers to a former parent only because it has
 * not heard yet that it was moved: that parent would never be told again that it is no child.
 */
function isLink(tree: RelayTree, child: PeerNode, parent: PeerNode, ofChild: PeerSession | null): boolean {
  if (child.parent === parent) return true;
  return ofChild?.followsPlans !== false && tree.placement?.planOf(child)?.connectTo === parent;
}
