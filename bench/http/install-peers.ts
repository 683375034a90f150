const PROXIES = ['nginx', 'libnginx-mod-http-lua', 'libnginx-mod-http-ndk', 'haproxy', 'caddy', 'varnish']
const TOOLS = ['wrk', 'nghttp2-client', 'openssl']
const PACKAGES = [...PROXIES, ...TOOLS]

/** Installs proxies and load generators with apt-get, where that may be done. */
export async function installPeers(): Promise<void> {
  if (Bun.which('apt-get') === null || process.getuid?.() !== 0) {
    throw new Error(`--install-peers needs apt-get and root; else install these: ${PACKAGES.join(', ')}`)
  }
  // Installed, they would start: only their programs are wanted.
  const child = Bun.spawn(['apt-get', 'install', '--yes', '--no-install-recommends', ...PACKAGES], {
    stdout: 'inherit',
    stderr: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  })
  if ((await child.exited) !== 0) throw new Error('apt-get install failed')
}
