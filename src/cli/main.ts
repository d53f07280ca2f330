import process from 'node:process';
import { readInvocation } from './invocation.ts';
import { createProcessIo } from './process-io.ts';
import { runProgram } from './program.ts';

const [, file, ...args] = process.argv;
const invocation = readInvocation(file, args);
process.exitCode = await runProgram(invocation.args, createProcessIo(), invocation.program);
