import type { Authorization } from './authorize.ts'

const WHOSE: Readonly<Record<Authorization['source'], string>> = {
  identity: 'identity-based policy',
  resource: 'resource-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
  organization: 'service control policy',
}

/** Why somebody may not do something, in AWS's words. IAM User Guide, "Troubleshoot access denied error messages". */
export function denialText(arn: string, action: string, resource: string, found: Authorization): string {
  const whose = WHOSE[found.source]
  const article = found.source === 'identity' ? 'an' : 'a'
  const why =
    found.decision === 'explicit-deny'
      ? `with an explicit deny in ${article} ${whose}`
      : `because no ${whose} allows the ${action} action`
  return `User: ${arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`
}
