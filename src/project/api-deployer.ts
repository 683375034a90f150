import type { AwsCaller } from '#aws/client.ts'

/** The calls that deploy a document as an API of one kind. */
export interface ApiDeployer {
  /** Where a project is deployed that names no stage. */
  readonly stage: string
  /** A page of the APIs that there are. @param from where it begins; '' for the first */
  list(caller: AwsCaller, from: string): Promise<ApiPage>
  /** @returns its id */
  create(caller: AwsCaller, name: string, tags: Readonly<Record<string, string>>): Promise<string>
  /** Puts a document in the place of all that the API has. @returns warnings. @throws AwsError */
  import(caller: AwsCaller, apiId: string, document: Uint8Array): Promise<readonly string[]>
  /** Has a stage, new or not, serve what the API is now. */
  deploy(caller: AwsCaller, apiId: string, deployment: DeploymentInput): Promise<void>
  deployments(caller: AwsCaller, apiId: string): Promise<readonly DeploymentSummary[]>
  deleteDeployment(caller: AwsCaller, apiId: string, id: string): Promise<void>
}

export interface ApiPage {
  readonly apis: readonly { readonly id: string; readonly tags?: Readonly<Record<string, string>> }[]
  /** Where the next page begins; '' after the last. */
  readonly next: string
}

export interface DeploymentInput {
  readonly stage: string
  readonly description: string
  /** All of the stage's. */
  readonly variables: Readonly<Record<string, string>>
}

export interface DeploymentSummary {
  readonly id: string
  /** Whatever sorts: the later, the greater. */
  readonly createdDate: number | string
}
