import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * Cores that this process may use, at least one: those it may run on, or less where a container's limit of CPU time
 * (`docker run --cpus`, a Kubernetes limit) is less; a part of a core counts as one.
 * @param root where /proc and /sys are
 */
export function availableCores(root = '/', cores: number = availableParallelism()): number {
  const limits = groupsOf(textOf(join(root, 'proc/self/cgroup'))).flatMap(({ version, group }) =>
    pathsUp(group).map((path) =>
      version === 2
        ? quota(textOf(join(root, 'sys/fs/cgroup', path, 'cpu.max')))
        : quota(
            ['cpu.cfs_quota_us', 'cpu.cfs_period_us']
              .map((file) => textOf(join(root, 'sys/fs/cgroup/cpu', path, file)))
              .join(' '),
          ),
    ),
  )
  return Math.min(cores, ...limits)
}

interface Group {
  readonly version: 1 | 2
  readonly group: string
}

/** Lines are `{hierarchy}:{controllers}:{path}` (cgroups(7)); that of version 2 is `0::{path}`. */
function groupsOf(text: string): Group[] {
  return text.split('\n').flatMap((line): Group[] => {
    const [, hierarchy, controllers = '', group] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? []
    if (group === undefined) return []
    if (hierarchy === '0' && controllers === '') return [{ version: 2, group }]
    return controllers.split(',').includes('cpu') ? [{ version: 1, group }] : []
  })
}

/** The group and all above it: each of them limits. A container may see its own as the root, whatever its path. */
function pathsUp(group: string): string[] {
  return group === '/' ? ['/'] : [group, ...pathsUp(dirname(group))]
}

/** `200000 100000` → 2 cores; `max 100000` and `-1 100000` are no limit. */
function quota(text: string): number {
  const [, quotaUs, periodUs] = /^(\d+)\s+(\d+)\s*$/.exec(text) ?? []
  return quotaUs === undefined ? Infinity : Math.max(1, Math.ceil(Number(quotaUs) / Number(periodUs)))
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}
