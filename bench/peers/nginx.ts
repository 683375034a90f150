import { existsSync } from 'node:fs'
import { certificateFiles, type Certificate } from '../support/certificate.ts'
import { freePort } from '../support/process.ts'
import { startServer, type RunningServer } from '../support/server-process.ts'

export const MEGABYTE: number = 1024 * 1024
/** The key that the Lua gateway lets in, as a header line. */
export const LUA_KEY = 'X-Api-Key: key-1-of-the-benchmark'

/** What the backend answers. */
export const SMALL_JSON = '{"message":"hello","items":[1,2,3,4,5,6,7,8],"ok":true}'

/** What nginx writes of a request in these configurations, in the words of an access log format. */
export const NGINX_LOG_FORMAT: string = JSON.stringify({
  requestId: '$context.requestId',
  ip: '$context.identity.sourceIp',
  requestTime: '$context.requestTime',
  httpMethod: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  responseLength: '$context.responseLength',
  responseLatency: '$context.responseLatency',
  apiKeyId: '$context.identity.apiKeyId',
})

export function nginxPath(): string | null {
  return Bun.which('nginx') ?? Bun.which('nginx', { PATH: '/usr/sbin:/usr/local/sbin' })
}

/** The folder with the Lua module, where it is installed. */
export function luaModules(): string | undefined {
  const folders = ['/usr/lib/nginx/modules', '/usr/lib64/nginx/modules']
  return folders.find((folder) => existsSync(`${folder}/ngx_http_lua_module.so`))
}

/**
 * The backend of every comparison: a small JSON from memory; `/1m`, a file of 1 MB; `/read`, which answers once it has
 * the whole request.
 */
export async function startBackend(): Promise<RunningServer> {
  const port = await freePort()
  return start({
    core: 1,
    port,
    files: { '1m': Buffer.alloc(MEGABYTE, 'Gatehouse ') },
    servers: `server {
      listen 127.0.0.1:${port} backlog=4096;
      default_type application/json;
      sendfile on;
      location / { return 200 '${SMALL_JSON}'; }
      location = /1m { root .; }
      location = /read {
        client_max_body_size 2m;
        client_body_buffer_size 2m;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
        proxy_pass http://itself/;
      }
    }
    ${upstream('itself', port)}`,
  })
}

/** How an nginx that stands before the backend differs. */
export interface ProxyKind {
  /** A JSON access log, a line a request. */
  readonly log?: boolean
  /** Bodies pass as they come; else nginx gathers them first, in files when they are large. */
  readonly unbuffered?: boolean
  /** Gateway work in Lua: API key, token bucket, daily quota, JSON access log. Needs `luaModules()`. */
  readonly lua?: boolean
}

/** A peer: nginx as a reverse proxy, one worker, connections to its backend kept. */
export async function startProxy(
  backendPort: number,
  kind: ProxyKind = {},
  certificate?: Certificate,
): Promise<RunningServer> {
  const port = await freePort()
  const securePort = certificate === undefined ? undefined : await freePort()
  return start({
    core: 0,
    port,
    securePort,
    files: certificateFiles(certificate),
    modules: kind.lua === true ? ['ndk_http_module', 'ngx_http_lua_module'] : [],
    servers: `${upstream('backend', backendPort)}
    ${kind.lua === true ? LUA_STATE : ''}
    ${kind.log === true || kind.lua === true ? logFormat(kind.lua === true) : ''}
    server {
      listen 127.0.0.1:${port} backlog=4096;
      ${securePort === undefined ? '' : secureListen(securePort)}
      client_max_body_size 2m;
      ${kind.log === true || kind.lua === true ? 'access_log access.log line buffer=64k flush=1s;' : ''}
      ${kind.unbuffered === true ? 'proxy_buffering off; proxy_request_buffering off;' : ''}
      location / {
        ${kind.lua === true ? LUA_WORK : ''}
        proxy_pass http://backend;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host;
      }
    }`,
  })
}

/** A peer: nginx as a proxy of WebSockets. */
export async function startWebSocketProxy(backendPort: number): Promise<RunningServer> {
  const port = await freePort()
  return start({
    core: 0,
    port,
    files: {},
    servers: `server {
      listen 127.0.0.1:${port} backlog=4096;
      location / {
        proxy_pass http://127.0.0.1:${backendPort};
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade";
        proxy_set_header Host $host;
      }
    }`,
  })
}

/** A peer: a file of a small JSON, at `/guarded` for those alone who have a key. */
export async function startKeyCheck(): Promise<RunningServer> {
  const port = await freePort()
  const file = 'alias small.json; default_type application/json;'
  return start({
    core: 0,
    port,
    files: { 'small.json': '{"message":"hello"}' },
    modules: ['ndk_http_module', 'ngx_http_lua_module'],
    servers: `${LUA_STATE}
    server {
      listen 127.0.0.1:${port} backlog=4096;
      open_file_cache max=10; open_file_cache_valid 3600s;
      location = /open { ${file} }
      location = /guarded {
        ${LUA_WORK}
        ${file}
      }
    }`,
  })
}

interface Nginx {
  readonly core: number
  readonly port: number
  readonly securePort?: number | undefined
  readonly files: Readonly<Record<string, string | Uint8Array>>
  readonly modules?: readonly string[]
  readonly servers: string
}

async function start({ modules = [], servers, files, ...options }: Nginx): Promise<RunningServer> {
  const binary = nginxPath()
  if (binary === null) throw new Error('nginx not found')
  // Its worker must be able to read the folder, which is ours alone.
  const configuration = `${process.getuid?.() === 0 ? 'user root;' : ''} worker_processes 1; daemon off; pid nginx.pid; error_log stderr error;
    ${modules.map((name) => `load_module ${luaModules()}/${name}.so;`).join('\n')}
    events { worker_connections 20000; }
    worker_rlimit_nofile 40000;
    http {
      access_log off; keepalive_requests 100000000; keepalive_timeout 3600;
      client_body_temp_path body; proxy_temp_path proxy;
      ${servers}
    }`
  return startServer({
    ...options,
    files: { ...files, 'nginx.conf': configuration },
    command: (folder) => [binary, '-e', 'stderr', '-p', folder, '-c', `${folder}/nginx.conf`],
  })
}

function upstream(name: string, port: number): string {
  return `upstream ${name} { server 127.0.0.1:${port}; keepalive 128; keepalive_requests 1000000000; }`
}

function secureListen(port: number): string {
  return `listen 127.0.0.1:${port} ssl http2 backlog=4096;
      ssl_certificate certificate.pem; ssl_certificate_key key.pem; ssl_protocols TLSv1.2 TLSv1.3;`
}

function logFormat(withKey: boolean): string {
  const fields = {
    requestId: '$request_id',
    ip: '$remote_addr',
    requestTime: '$time_local',
    httpMethod: '$request_method',
    path: '$uri',
    status: '$status',
    responseLength: '$body_bytes_sent',
    responseLatency: '$request_time',
    ...(withKey ? { apiKeyId: '$key_id' } : {}),
  }
  return `log_format line escape=json '${JSON.stringify(fields)}';`
}

const LUA_STATE = `lua_shared_dict keys 16m; lua_shared_dict buckets 16m; lua_shared_dict quotas 16m;
    init_by_lua_block {
      for i = 1, 10000 do ngx.shared.keys:set("key-" .. i .. "-of-the-benchmark", "id" .. i) end
    }`

const LUA_WORK = `set $key_id "";
        access_by_lua_block {
          local function refuse(status, message)
            ngx.status = status
            ngx.header["Content-Type"] = "application/json"
            ngx.say('{"message":"' .. message .. '"}')
            return ngx.exit(status)
          end
          local sent = ngx.req.get_headers()["x-api-key"]
          local id = sent and ngx.shared.keys:get(sent)
          if not id then return refuse(403, "Forbidden") end
          ngx.var.key_id = id

          local buckets, rate, burst, now = ngx.shared.buckets, 1000000, 1000000, ngx.now()
          local tokens = buckets:get(id .. " tokens") or burst
          local filled = buckets:get(id .. " filled") or now
          tokens = math.min(burst, tokens + (now - filled) * rate)
          if tokens < 1 then return refuse(429, "Too Many Requests") end
          buckets:set(id .. " tokens", tokens - 1)
          buckets:set(id .. " filled", now)

          if ngx.shared.quotas:incr(id, 1, 0, 86400) > 1000000000 then
            return refuse(429, "Limit Exceeded")
          end
        }`
