import type { TargetGroup } from './target-group.ts'

/** Where the data plane finds the backends of a name. */
export interface Targets {
  /** @param names what may lead to them, most exact first: ARN, id, name */
  find(names: readonly string[]): TargetGroup | undefined
}
