#!/usr/bin/env node
// The `gatehouse` command: starts src/cli/main.ts on the pinned Bun binary.
import { fileURLToPath } from 'node:url'
import { runBun } from './find-bun.mjs'

runBun([fileURLToPath(new URL('../src/cli/main.ts', import.meta.url)), ...process.argv.slice(2)])
