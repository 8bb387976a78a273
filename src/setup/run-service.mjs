#!/usr/bin/env node
// Becomes dist/service/cli.js, the `meshledger` command.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { loadProgram } from './load-program.mjs';

// Node itself must load what it is to find the source map of (`--enable-source-maps`).
const { runCommandLine } = process.sourceMapsEnabled
  ? createRequire(__filename)(join(__dirname, 'program.js'))
  : loadProgram(__dirname, PROGRAM_ID).program;
void runCommandLine(process.argv.slice(2));
