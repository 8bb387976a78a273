import { randomInt } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { isTrackName } from '../domain/ids.js';
import {
  ACK_TIMEOUT_MS,
  AUDIENCE_PEERS_MAX,
  AUDIENCE_SECONDS_DEFAULT,
  AUDIENCE_SECONDS_MAX,
  type AudienceSettings,
  JOIN_RATE_DEFAULT,
  JOIN_RATE_MAX,
  REACH_TIMEOUT_MS,
} from './audience/audience-settings.js';
import { progressText } from './audience/progress-text.js';
import { runAudience } from './audience/run-audience.js';
import { summaryTable } from './audience/summary-table.js';
import { printJson, printLines } from './print-lines.js';
import { ProgressLine } from './progress-line.js';
import { EXIT_FINDING, EXIT_OK, WrongUse } from './wrong-use.js';

const SEED_MAX = 2 ** 31 - 1;

const NOTES = `
Every peer connects to the namespace /mesh, registers, beats, reports and signals as a viewer of the SDK does. Every
answer is checked against the contract, and afterwards every acknowledged position is looked up in the log.

At the end the sockets are closed without \`leave\`, so that \`meshledger tree\` still shows the audience until the
peers reach their deadline; --leave-at-end lets everyone leave.

With --churn, session lengths are lognormal (median 245 s, drawn from the part below twice the run), one departure in
five is silent, and every viewer that departs is replaced by a new one. The same seed plans the same viewers; peer_ids
and resume tokens differ from run to run. The service may be killed and restarted meanwhile.

Exit code: 0; 1 when an acknowledged position is missing or wrong, or an answer contradicts the contract; 2 on wrong
use, or when no peer can connect.`;

type Options = Readonly<{
  url: string;
  track: string;
  peers: number;
  churn: boolean;
  seconds: number;
  seed?: number;
  joinRate: number;
  token?: string;
  adminToken?: string;
  leaveAtEnd: boolean;
  check: boolean;
  json: boolean;
}>;

/** The verb `audience`: a real audience of socket.io clients against a running service. */
export function audienceCommand(): Command {
  return new Command('audience')
    .description('a real audience: N socket.io clients that join, beat, report, leave')
    .requiredOption('--url <url>', 'address of the service, e.g. http://127.0.0.1:3000', parseUrl)
    .requiredOption('--track <track>', 'track to watch', parseTrack)
    .requiredOption('--peers <n>', 'peers online at any time', wholeNumber(1, AUDIENCE_PEERS_MAX))
    .option('--churn', 'viewers leave and are replaced by new ones', false)
    .option('--seconds <s>', 'length of the run', wholeNumber(1, AUDIENCE_SECONDS_MAX), AUDIENCE_SECONDS_DEFAULT)
    .option('--seed <n>', 'seed of the plan (default: drawn, and printed)', wholeNumber(0, SEED_MAX))
    .option('--join-rate <n>', 'fresh connections per second', wholeNumber(1, JOIN_RATE_MAX), JOIN_RATE_DEFAULT)
    .addOption(new Option('--token <token>', 'token of the socket handshake').env('MESHLEDGER_SUBSCRIBE_TOKEN'))
    .addOption(new Option('--admin-token <token>', 'token for reading the log').env('MESHLEDGER_ADMIN_TOKEN'))
    .option('--leave-at-end', 'everyone leaves at the end', false)
    .option('--no-check', 'do not look up acknowledged positions in the log')
    .option('--json', 'print the summary as JSON', false)
    .addHelpText('after', NOTES)
    .action(async (options: Options) => {
      process.exitCode = await audience(options);
    });
}

/** Runs the audience and prints what it saw. @throws WrongUse when the service cannot be used as asked. */
async function audience(options: Options): Promise<number> {
  const stop = new AbortController();
  const interrupt = (): void => {
    stop.abort();
  };
  process.once('SIGINT', interrupt);
  const line = new ProgressLine();
  try {
    const outcome = await runAudience(settingsOf(options), stop.signal, (progress) => {
      line.update(progressText(progress));
    });
    line.clear();
    if (outcome.kind === 'unusable') throw new WrongUse(outcome.reason);
    const { summary } = outcome;
    await (options.json ? printJson(summary) : printLines(summaryTable(summary)));
    return summary.violations > 0 ? EXIT_FINDING : EXIT_OK;
  } finally {
    process.off('SIGINT', interrupt);
  }
}

function settingsOf(options: Options): AudienceSettings {
  return {
    url: options.url,
    track: options.track,
    peers: options.peers,
    churn: options.churn,
    seconds: options.seconds,
    seed: options.seed ?? randomInt(SEED_MAX),
    joinRatePerSecond: options.joinRate,
    token: options.token ?? null,
    adminToken: options.adminToken ?? null,
    leaveAtEnd: options.leaveAtEnd,
    checkLog: options.check,
    ackTimeoutMs: ACK_TIMEOUT_MS,
    reachTimeoutMs: REACH_TIMEOUT_MS,
  };
}

function parseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError('Give an address such as http://127.0.0.1:3000.');
  }
  return url.origin;
}

function parseTrack(text: string): string {
  if (isTrackName(text)) return text;
  throw new InvalidArgumentError('A track is 1 to 128 of A-Z a-z 0-9 . _ / -, without leading or trailing /.');
}

function wholeNumber(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= lowest && number <= highest) return number;
    throw new InvalidArgumentError(`Give a whole number from ${String(lowest)} to ${String(highest)}.`);
  };
}
