// `npm run meshledger -- VERB ...`: the command line, installed and built first if need be.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

prepare();
await import(pathToFileURL(join(root, 'dist', 'service', 'cli.js')).href);
