import { APIGatewayClient } from '@aws-sdk/client-api-gateway'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { join } from 'node:path'
import { accepting, freePort, pinned } from './process.ts'

const MAIN = join(import.meta.dir, '..', '..', 'src', 'cli', 'main.ts')

/** A gateway in its own process, and SDK clients that speak to it. */
export interface RunningGateway {
  readonly pid: number
  readonly port: number
  /** Where it speaks TLS, when it was given a certificate. */
  readonly securePort: number | undefined
  readonly url: string
  readonly apigateway: APIGatewayClient
  readonly lambda: LambdaClient
  stop(): Promise<void>
}

function tlsWords(port: number, { certificateFile, keyFile }: TlsFiles): string[] {
  return ['--https-port', String(port), '--tls-certificate', certificateFile, '--tls-key', keyFile]
}

/** PEM. */
export interface TlsFiles {
  readonly certificateFile: string
  readonly keyFile: string
}

export interface GatewayOptions {
  readonly dataDir?: string
  readonly core?: number
  readonly tls?: TlsFiles | undefined
  readonly workers?: number
  /** Until it accepts connections. */
  readonly startMsMax?: number
  /** Further words of the command. */
  readonly words?: readonly string[]
}

/** Starts `gatehouse start` directly on Bun (no launcher), pinned to a core. */
export async function startGateway(options: GatewayOptions = {}): Promise<RunningGateway> {
  const port = await freePort()
  const securePort = options.tls === undefined ? undefined : await freePort()
  const secure = options.tls === undefined ? [] : tlsWords(securePort as number, options.tls)
  const child = Bun.spawn(
    pinned(options.core ?? 0, [
      process.execPath,
      MAIN,
      'start',
      '--port',
      String(port),
      '--data-dir',
      options.dataDir ?? ':memory:',
      '--workers',
      String(options.workers ?? 1),
      '--log-level',
      'error',
      ...secure,
      ...(options.words ?? []),
    ]),
    { stdout: 'ignore', stderr: 'inherit' },
  )
  await accepting(port, options.startMsMax ?? 10_000)
  if (securePort !== undefined) await accepting(securePort, 10_000)
  const url = `http://127.0.0.1:${port}`
  const shared = {
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    maxAttempts: 1,
  }
  const apigateway = new APIGatewayClient(shared)
  const lambda = new LambdaClient(shared)
  return {
    pid: child.pid,
    port,
    securePort,
    url,
    apigateway,
    lambda,
    async stop() {
      apigateway.destroy()
      lambda.destroy()
      child.kill('SIGTERM')
      await child.exited
    },
  }
}
