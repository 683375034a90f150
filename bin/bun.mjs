#!/usr/bin/env node
// Runs the pinned Bun binary with the given arguments. npm's own `.bin/bun` is a stub until its install script
// has run, and install scripts may be blocked, so this finds the platform package directly.
import { runBun } from './find-bun.mjs'

runBun(process.argv.slice(2))
