import { Command } from 'commander';
import { isPeerId } from '../domain/ids.js';
import { counted } from '../history/spoken-figures.js';
import { forgetPeer } from '../maintenance/forget-peer.js';
import { openKeeper } from '../maintenance/open-keeper.js';
import { knownTrack, type LogOptions, readingLog, withLogOptions } from './log-options.js';
import { printJson, printLines } from './print-lines.js';
import { WrongUse } from './wrong-use.js';

interface ForgetOptions extends LogOptions {
  peer: string;
  track?: string;
}

/** `meshledger forget`: erases a person's name wherever the log holds it. */
export function forgetCommand(): Command {
  return withLogOptions(new Command('forget'))
    .description("erase a person's name, recorded as an event; positions, hash chain and state hashes stay valid")
    .requiredOption('--peer <peer_id>', 'the name')
    .option('--track <track>', 'in this track alone (default: all)')
    .addHelpText(
      'after',
      '\nWhoever is in a track under that name is kicked. Backups and exports made before still hold the name, as do log lines.',
    )
    .action(async (options: ForgetOptions) => {
      const { dataDir, peer } = options;
      if (!isPeerId(peer)) throw new WrongUse(`"${peer}" is no peer_id; allowed is 1 to 64 of A-Z a-z 0-9 _ -`);
      const tracks = await readingLog(dataDir, (reader) =>
        options.track === undefined
          ? reader.heads().map((head) => head.track)
          : [knownTrack(reader, options.track).track],
      );
      const keeper = await openKeeper(dataDir);
      try {
        const { peers } = await forgetPeer(dataDir, peer, tracks, keeper);
        if (peers.length === 0) throw new WrongUse(`no peer "${peer}" is named in the log, or not any more`);
        if (options.json) await printJson({ forgotten: peers });
        else await printLines(peers.map((gone) => `forgotten: #${String(gone.peer)} of track ${gone.track}`));
        if (!options.json) await printLines([`${counted(peers.length, 'peer')} forgotten`]);
      } finally {
        await keeper.close();
      }
    });
}
