/** A way into a VPC through its network load balancer. It is there at once, so it keeps no status. */
export interface VpcLink {
  readonly id: string
  readonly name: string
  readonly description?: string | undefined
  /** Of one network load balancer. */
  readonly targetArns: readonly string[]
  readonly tags?: Readonly<Record<string, string>> | undefined
}
