import {
  CreateDeploymentCommand,
  DeleteDeploymentCommand,
  type APIGatewayClient,
} from '@aws-sdk/client-api-gateway'
import { deploy, replace, soakApi } from '../support/apis.ts'

const INTERVAL_MS = 1000

/** Deploys an API that changes every second; its good requests must not notice. */
export class Deployer {
  readonly #client: APIGatewayClient
  readonly #backendPort: number
  #previous: string | undefined
  #version = 1
  readonly id: string
  deployments = 0
  readonly failures: string[] = []

  private constructor(client: APIGatewayClient, backendPort: number, id: string) {
    this.#client = client
    this.#backendPort = backendPort
    this.id = id
  }

  static async start(client: APIGatewayClient, backendPort: number): Promise<Deployer> {
    return new Deployer(client, backendPort, await deploy(client, soakApi(backendPort, 1)))
  }

  /** @param url where `/version` of the API answers */
  async deployUntil(untilMs: number, url: string): Promise<void> {
    while (Date.now() < untilMs) {
      const begunMs = Date.now()
      try {
        await this.#deploy(url)
        this.deployments++
      } catch (error) {
        this.failures.push(
          `${new Date().toISOString()} deployment ${this.#version}: ${(error as Error).message}`,
        )
      }
      await Bun.sleep(Math.max(0, begunMs + INTERVAL_MS - Date.now()))
    }
  }

  async #deploy(url: string): Promise<void> {
    const version = ++this.#version
    await replace(this.#client, this.id, soakApi(this.#backendPort, version))
    const { id } = await this.#client.send(
      new CreateDeploymentCommand({ restApiId: this.id, stageName: 'b' }),
    )
    const served = await (await fetch(url)).text()
    if (served !== `{"version":"${version}"}`) throw new Error(`/version answers ${served}`)
    if (this.#previous !== undefined) {
      await this.#client.send(
        new DeleteDeploymentCommand({ restApiId: this.id, deploymentId: this.#previous }),
      )
    }
    this.#previous = id
  }
}
