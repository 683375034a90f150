import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createLog, silentLog } from '#base/log.ts'
import { readConfig } from '../config.ts'
import { availableCores } from './available-cores.ts'
import { workerCount } from './worker-count.ts'

const V2 = '0::/system.slice/gatehouse.service\n'
const V1 = '4:memory:/m\n3:cpu,cpuacct:/docker/abc\n'

/** Of a machine with 8 cores. */
const limits: readonly [name: string, files: Readonly<Record<string, string>>, cores: number][] = [
  ['no groups', {}, 8],
  ['no limit', { 'proc/self/cgroup': V2, 'sys/fs/cgroup/cpu.max': 'max 100000\n' }, 8],
  [
    'a container sees its own group as the root',
    { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '200000 100000\n' },
    2,
  ],
  [
    'its own',
    { 'proc/self/cgroup': V2, 'sys/fs/cgroup/system.slice/gatehouse.service/cpu.max': '300000 100000\n' },
    3,
  ],
  [
    'one above it',
    {
      'proc/self/cgroup': V2,
      'sys/fs/cgroup/system.slice/cpu.max': '400000 100000\n',
      'sys/fs/cgroup/system.slice/gatehouse.service/cpu.max': 'max 100000\n',
    },
    4,
  ],
  ['parts of a core', { 'proc/self/cgroup': V2, 'sys/fs/cgroup/system.slice/cpu.max': '150000 100000\n' }, 2],
  ['less than a core', { 'proc/self/cgroup': V2, 'sys/fs/cgroup/system.slice/cpu.max': '1000 100000\n' }, 1],
  [
    'more than there are',
    { 'proc/self/cgroup': V2, 'sys/fs/cgroup/system.slice/cpu.max': '9900000 100000\n' },
    8,
  ],
  [
    'version 1',
    {
      'proc/self/cgroup': V1,
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '500000\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    5,
  ],
  [
    'version 1, no limit',
    {
      'proc/self/cgroup': V1,
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    8,
  ],
  ['not what they should be', { 'proc/self/cgroup': 'x\n0::\n', 'sys/fs/cgroup/cpu.max': 'none' }, 8],
]

for (const [name, files, cores] of limits) {
  test(`limits of CPU time: ${name}`, () => {
    const root = mkdtempSync(join(tmpdir(), 'gatehouse-cores-'))
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    expect(availableCores(root, 8)).toBe(cores)
    rmSync(root, { recursive: true })
  })
}

const count = (flags: Readonly<Record<string, string>>, project = false): number => {
  const given = new Map(Object.entries(flags).map(([flag, value]) => [flag, [value]]))
  return workerCount(readConfig({ flags: given, environment: {} }), project, silentLog)
}

test.if(process.platform === 'linux')('left to us: one a core, but one alone for a developer', () => {
  expect(count({})).toBe(availableCores())
  expect(count({ workers: 'auto' }, true)).toBe(1)
  expect(count({ dev: 'true' })).toBe(1)
  expect(count({ workers: '3', dev: 'true' }, true)).toBe(3)
})

test('where the system does not spread connections one process serves, and is told', () => {
  const lines: string[] = []
  const log = createLog('info', 'text', (line) => lines.push(line))
  const config = readConfig({ flags: new Map([['workers', ['3']]]), environment: {} })
  expect(workerCount(config, false, log, 'darwin')).toBe(1)
  expect(lines.join('')).toContain('does not spread connections')
  expect(workerCount({ ...config, workers: 'auto' }, false, silentLog, 'darwin')).toBe(1)
})
