// Where the browser of the browser tests is; installed with apt-get when there is none and this is a machine that can.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const HINT =
  'meshledger: the browser tests need Chromium. Install it (Debian, Ubuntu: apt-get install chromium), or name one: MESHLEDGER_CHROMIUM=/path/to/chromium';

/** @returns the path of a Chromium, or null. */
export function findChromium() {
  const named = process.env.MESHLEDGER_CHROMIUM;
  if (named) return existsSync(named) ? named : null;
  return PLACES.find((place) => existsSync(place)) ?? null;
}

/** Makes sure that there is a Chromium. Ends this process where there can be none: tests that are skipped prove nothing. */
export function requireChromium() {
  if (findChromium() !== null) return;
  if (!process.env.MESHLEDGER_CHROMIUM && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) install();
  if (findChromium() !== null) return;
  console.error(HINT);
  process.exit(1);
}

function install() {
  console.error('meshledger: installing Chromium for the browser tests ...');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env });
  }
}
