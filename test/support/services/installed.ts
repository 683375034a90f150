/**
 * Where a program is, one of several that serve alike. One that is not there is installed, where that may be done: as
 * root on Debian and its kin.
 * @param programs names on PATH, also below folders that only the superuser looks into
 * @param packages that bring one of them, tried in turn
 * @throws Error saying what to install
 */
export async function installed(programs: readonly string[], packages: readonly string[]): Promise<string> {
  const known = find(programs)
  if (known !== undefined) return known
  if (process.getuid?.() === 0 && Bun.which('apt-get') !== null) {
    for (const update of [false, true]) {
      if (update) await run(['apt-get', 'update'])
      for (const name of packages) {
        await run(['apt-get', 'install', '-y', '--no-install-recommends', name])
        const found = find(programs)
        if (found !== undefined) return found
      }
    }
  }
  throw new Error(`found none of ${programs.join(', ')}: install a package such as ${packages.join(' or ')}`)
}

const PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`

function find(programs: readonly string[]): string | undefined {
  return programs.map((name) => Bun.which(name, { PATH })).find((path) => path !== null)
}

async function run(command: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await Bun.spawn([...command], { stdio: ['ignore', 'ignore', 'ignore'], env }).exited
}
