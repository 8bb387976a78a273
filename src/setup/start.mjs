// `npm start [-- flags]`: installs and builds what is missing, then serves in this very process, so that signals reach the service.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

prepare();
process.argv.splice(2, 0, 'serve');
await import(pathToFileURL(join(root, 'dist', 'service', 'cli.js')).href);
