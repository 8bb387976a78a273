import { NO_CHILDREN, type PeerNode } from './peer-node.js';

/** Puts a child on the list of its parent, or takes it off. */
export type ChangeOfChildren = (parent: PeerNode, child: PeerNode) => void;

/** Lists a child of its parent, in order of joining. The list is made anew, with as many places as children: one that grows gets sixteen more. */
export function addChild(parent: PeerNode, child: PeerNode): void {
  const list = withOneMore(parent.children, child);
  let place = list.length - 1;
  // Nearly always the newest comes.
  for (let before = list[place - 1]; before !== undefined && before.number > child.number; before = list[place - 1]) {
    list[place] = before;
    place -= 1;
  }
  list[place] = child;
  parent.children = list;
}

/** Written out for the few children that nearly all have: spreading so short a list takes longer than everything else that is done with it. */
function withOneMore(children: readonly PeerNode[], child: PeerNode): PeerNode[] {
  const [first, second] = [children[0], children[1]];
  if (first === undefined) return [child];
  if (second === undefined) return [first, child];
  return children.length === 2 ? [first, second, child] : [...children, child];
}

/** Takes a child off the list of its parent. */
export function removeChild(parent: PeerNode, child: PeerNode): void {
  const list = parent.children as PeerNode[];
  if (list.length === 1) {
    parent.children = NO_CHILDREN;
    return;
  }
  // By hand: `splice` makes an array of what it takes out.
  for (let place = list.indexOf(child) + 1; place < list.length; place += 1) list[place - 1] = list[place] as PeerNode;
  list.pop();
}
