import process from 'node:process';
import { createProcessIo } from './process-io.ts';
import { runProgram } from './program.ts';

process.exitCode = await runProgram(process.argv.slice(2), createProcessIo());
