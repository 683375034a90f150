#!/usr/bin/env node
// The `gatehouse` command on the pinned Bun binary: a working copy runs its sources, the published package what was
// built of them (tools/build.ts).
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runBun } from './find-bun.mjs'

const [source, built] = ['../src/cli/main.ts', '../dist/main.js'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)
runBun([existsSync(source) ? source : built, ...process.argv.slice(2)])
