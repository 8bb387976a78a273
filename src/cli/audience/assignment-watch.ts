import type { AudienceGround } from './audience-ground.js';
import { type Assignment, assignmentSchema, shapeFault } from './wire-answers.js';

/** A place in the tree as far as the log explains it: under a parent, fed by the origin, or nowhere. */
type Place = string | typeof FED_BY_ORIGIN | typeof NOWHERE;
const FED_BY_ORIGIN = Symbol('fed by the origin');
const NOWHERE = Symbol('nowhere');

/**
 * What one peer was told about its place, over all its sessions. Each telling must be consistent in itself and must
 * not be older than the one before; every other parent is noted, so that the log can be asked for the decision.
 */
export class AssignmentWatch {
  #assignment: Assignment | null = null;
  /** The assignment is known to have been in force at this position. */
  #knownAt = 0;

  constructor(
    private readonly peerId: string,
    private readonly ground: AudienceGround,
  ) {}

  get current(): Assignment | null {
    return this.#assignment;
  }

  get isFed(): boolean {
    return this.#assignment !== null && this.#assignment.role !== 'Waiting';
  }

  /** Takes an `assign_parent` message; false when it is no assignment. */
  pushed(body: unknown): boolean {
    const parsed = assignmentSchema.safeParse(body);
    if (!parsed.success) {
      const detail = `assign_parent: ${shapeFault(parsed.error, body)}`;
      this.ground.violations.report('message_shape', this.peerId, detail);
      return false;
    }
    this.#told(parsed.data, parsed.data.position, 'assign_parent');
    return true;
  }

  /** Takes the assignment of a `register` answer, which was in force at the acknowledged position. */
  registered(assignment: Assignment, acknowledgedPosition: number): void {
    this.#told(assignment, Math.max(acknowledgedPosition, assignment.position), 'register');
  }

  #told(next: Assignment, position: number, source: string): void {
    const { violations, acknowledged } = this.ground;
    const fault = inconsistency(next, this.peerId);
    if (fault !== null) violations.report('assignment_inconsistent', this.peerId, `${source}: ${fault}`);
    const last = this.#assignment;
    if (last !== null && next.position < last.position) {
      const detail = `${source} of position ${String(next.position)} after one of position ${String(last.position)}`;
      violations.report('assignment_position_went_back', this.peerId, detail);
    }
    if (last !== null && placeOf(last) !== placeOf(next)) {
      acknowledged.addMove({
        peerId: this.peerId,
        formerParentId: last.parent_id,
        parentId: next.parent_id,
        afterPosition: this.#knownAt,
        position,
      });
    }
    this.#assignment = next;
    this.#knownAt = Math.max(this.#knownAt, position);
  }
}

/** Whether two answers to the same register, with no event between them, tell the same place. */
export function isSameAssignment(one: Assignment, other: Assignment): boolean {
  return one.role === other.role && one.parent_id === other.parent_id && one.depth === other.depth;
}

function placeOf({ role, parent_id: parentId }: Assignment): Place {
  if (parentId !== null) return parentId;
  return role === 'Root' ? FED_BY_ORIGIN : NOWHERE;
}

/** What is wrong between the fields of an assignment, or null. */
function inconsistency(assignment: Assignment, peerId: string): string | null {
  const { role, parent_id: parentId, depth } = assignment;
  const shown = `role ${role}, parent_id ${String(parentId)}, depth ${String(depth)}`;
  if (assignment.peer_id !== peerId) return `an assignment of ${assignment.peer_id}`;
  if (parentId === peerId) return 'a peer is its own parent';
  switch (role) {
    case 'Root':
      return parentId === null && depth === 0 ? null : `a root has no parent and depth 0: ${shown}`;
    case 'Waiting':
      return parentId === null || depth === null ? null : `a waiting peer is not fed: ${shown}`;
    case 'Relay':
    case 'Leaf':
      return parentId !== null && depth !== null && depth >= 1
        ? null
        : `it needs a parent and a depth of 1 or more: ${shown}`;
  }
}
