import { isIPv6 } from 'node:net';

const GROUPS = 8;
const GROUPS_PER_SITE = 4;

/**
 * What is counted as one address: an IPv4 address, also when it comes mapped into IPv6, and a /64 of IPv6, since every
 * household has that many to choose from.
 */
export function addressKey(address: string): string {
  const unmapped = address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
  if (!isIPv6(unmapped)) return unmapped;
  const [head = '', tail = ''] = unmapped.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = unmapped.includes('::')
    ? Array<string>(Math.max(0, GROUPS - before.length - after.length)).fill('0')
    : [];
  const site = [...before, ...zeros, ...after].slice(0, GROUPS_PER_SITE);
  return `${site.map((group) => group.padStart(GROUPS_PER_SITE, '0').toLowerCase()).join(':')}::/64`;
}
