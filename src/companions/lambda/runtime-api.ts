import type { Log } from '#base/log.ts'
import { textBody } from '#http/body.ts'
import { BodyTooLarge } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import { responsePayloadBytesMax } from './limits.ts'
import type { RuntimeClient } from './runtime-client.ts'
import type { RuntimeKeys } from './runtime-keys.ts'
import { workReply } from './work-reply.ts'

const PREFIX = '/2018-06-01/runtime/'
const NEXT = `${PREFIX}invocation/next`
const INIT_ERROR = `${PREFIX}init/error`
const INVOCATION = /^\/2018-06-01\/runtime\/invocation\/([0-9a-f-]{1,64})\/(response|error)$/

const STOP_GRACE_MS = 100

/**
 * The Lambda Runtime API for every process, on one loopback listener. A process is known by its key in the path of its
 * address, `127.0.0.1:{port}/{key}`: AWS's own clients and those after them put the variable AWS_LAMBDA_RUNTIME_API
 * between `http://` and the operation's path, so a path in it reaches us. A listener for each process would leave only
 * the port to tell them apart, and any user can find and try ports.
 */
export class RuntimeApi {
  readonly #keys: RuntimeKeys
  readonly #log: Log
  #server: HttpServer | undefined

  constructor(keys: RuntimeKeys, log: Log) {
    this.#keys = keys
    this.#log = log
  }

  /** The value of a process's AWS_LAMBDA_RUNTIME_API. */
  address(key: string): string {
    this.#server ??= this.#listen()
    return `127.0.0.1:${this.#server.port}/${key}`
  }

  async stop(): Promise<void> {
    await this.#server?.stop({ graceMs: STOP_GRACE_MS })
  }

  #listen(): HttpServer {
    return startHttpServer({
      hostname: '127.0.0.1',
      port: 0,
      handler: (request) => this.#handle(request),
      log: this.#log,
      limits: {
        // A process is silent for as long as its function runs, and failures may carry their cause in a header.
        idleTimeoutMs: DAY_MS,
        writeTimeoutMs: DAY_MS,
        // So it may be between two pieces of its answer.
        bodyTimeoutMs: DAY_MS,
        headerBytesMax: 1_048_576,
        // An answer that is too large is read to its end: its process has done nothing that it must die for.
        discardedBodyBytesMax: 1_073_741_824,
      },
    })
  }

  #handle(request: HttpRequest): HttpReply | Promise<HttpReply> {
    const slash = request.target.indexOf('/', 1)
    const client = slash < 0 ? undefined : this.#keys.find(request.target.slice(1, slash))?.client
    if (client === undefined) {
      return errorReply(403, 'Forbidden', 'the path does not begin with the address that a process was given')
    }
    const path = request.target.slice(slash)
    if (path === NEXT) {
      return request.method === 'GET' ? next(client) : methodNotAllowed(request.method, 'GET')
    }
    const invocation = INVOCATION.exec(path)
    if (invocation === null && path !== INIT_ERROR) {
      return errorReply(404, 'NotFound', `no such operation of the runtime API: ${path}`)
    }
    if (request.method !== 'POST') return methodNotAllowed(request.method, 'POST')
    const [, requestId, outcome] = invocation ?? []
    if (requestId !== undefined && outcome === 'response' && streams(request.headers)) {
      return client
        .respondStream(requestId, request.headers.get('content-type'), request.body)
        .then((taken) =>
          taken === 'taken' ? ACCEPTED : taken === 'too-large' ? TOO_LARGE : unknownInvocation(requestId),
        )
    }
    const take = (payload: Uint8Array): HttpReply => {
      if (requestId === undefined) {
        client.failInit(payload)
        return ACCEPTED
      }
      const known =
        outcome === 'response'
          ? client.respond(requestId, payload, undefined)
          : client.fail(requestId, payload, undefined)
      return known ? ACCEPTED : unknownInvocation(requestId)
    }
    const refuse = (error: unknown): HttpReply => {
      if (!(error instanceof BodyTooLarge)) throw error
      const known = requestId === undefined || client.respondTooLarge(requestId)
      return known ? TOO_LARGE : unknownInvocation(requestId)
    }
    try {
      const payload = request.body.bytes(responsePayloadBytesMax)
      return payload instanceof Promise ? payload.then(take, refuse) : take(payload)
    } catch (error) {
      return refuse(error)
    }
  }
}

function next(client: RuntimeClient): Promise<HttpReply> {
  return new Promise((resolve) => {
    client.next({
      work: (invocation, deadlineMs) => resolve(workReply(invocation, deadlineMs)),
      refused: (problem) => resolve(errorReply(403, 'InvalidStateTransition', problem)),
    })
  })
}

/** Developer guide, "Building a custom runtime", response streaming. */
function streams(headers: Headers): boolean {
  return headers.get('lambda-runtime-function-response-mode')?.toLowerCase() === 'streaming'
}

const DAY_MS = 86_400_000

const ACCEPTED: HttpReply = {
  status: 202,
  headers: new Headers(['Content-Type', 'application/json']),
  body: textBody('{"status":"OK"}\n'),
}

/** An error in the runtime API's own shape. */
function errorReply(status: number, errorType: string, errorMessage: string): HttpReply {
  return {
    status,
    headers: new Headers(['Content-Type', 'application/json']),
    body: textBody(JSON.stringify({ errorMessage, errorType })),
  }
}

const TOO_LARGE: HttpReply = errorReply(
  413,
  'RequestEntityTooLarge',
  `Exceeded maximum allowed payload size (${responsePayloadBytesMax} bytes).`,
)

function unknownInvocation(requestId: string): HttpReply {
  return errorReply(400, 'InvalidRequestID', `no invocation ${requestId} is under way here`)
}

function methodNotAllowed(found: string, expected: string): HttpReply {
  return errorReply(405, 'MethodNotAllowed', `found ${found}, expected ${expected}`)
}
