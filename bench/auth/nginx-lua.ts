import { LUA_KEY, luaModules, nginxPath, startKeyCheck } from '../peers/nginx.ts'
import type { PeerRow } from './rows.ts'

/** The same work as an API key of a usage plan, by who writes it in Lua: key, token bucket, daily quota. */
export const luaKeyRow: PeerRow = {
  name: 'nginx-lua',
  title: 'nginx with Lua: API key, token bucket, quota',
  missing: () => {
    if (nginxPath() === null) return 'nginx not found'
    return luaModules() === undefined ? 'no Lua module for nginx' : undefined
  },
  async start() {
    const server = await startKeyCheck()
    const url = `http://127.0.0.1:${server.port}`
    return {
      pid: server.pid,
      open: `${url}/open`,
      guarded: `${url}/guarded`,
      headers: [LUA_KEY],
      stop: () => server.stop(),
    }
  },
}
