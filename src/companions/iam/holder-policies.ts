import type { Handlers } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type { AttachedPolicy, IamOperations } from '#aws/tables/iam.ts'
import { changeHolder, managedDocument, readHolder, type HolderNoun, type IamContext } from './iam-context.ts'
import { checkQuota, noSuchEntity } from './iam-error.ts'
import { inlinePolicyCharactersMax, managedPoliciesMax } from './limits.ts'
import { pageOf, type PageRequest } from './paging.ts'
import { checkPolicyDocument, encodeDocument, policyCharacters } from './policy-document.ts'

/** What users, groups and roles may do: managed policies attached to them, and inline ones. */
export function holderPolicyOperations(context: IamContext): Handlers<IamOperations> {
  const user = operationsOn(context, 'user', 'PoliciesPerUser')
  const group = operationsOn(context, 'group', 'PoliciesPerGroup')
  const role = operationsOn(context, 'role', 'PoliciesPerRole')
  return {
    AttachUserPolicy: (input, call) => user.attach(call.account, input.UserName, input.PolicyArn),
    AttachGroupPolicy: (input, call) => group.attach(call.account, input.GroupName, input.PolicyArn),
    AttachRolePolicy: (input, call) => role.attach(call.account, input.RoleName, input.PolicyArn),
    DetachUserPolicy: (input, call) => user.detach(call.account, input.UserName, input.PolicyArn),
    DetachGroupPolicy: (input, call) => group.detach(call.account, input.GroupName, input.PolicyArn),
    DetachRolePolicy: (input, call) => role.detach(call.account, input.RoleName, input.PolicyArn),
    ListAttachedUserPolicies: (input, call) => user.listAttached(call.account, input.UserName, input),
    ListAttachedGroupPolicies: (input, call) => group.listAttached(call.account, input.GroupName, input),
    ListAttachedRolePolicies: (input, call) => role.listAttached(call.account, input.RoleName, input),
    PutUserPolicy: (input, call) => user.put(call.account, input.UserName, input),
    PutGroupPolicy: (input, call) => group.put(call.account, input.GroupName, input),
    PutRolePolicy: (input, call) => role.put(call.account, input.RoleName, input),
    ListUserPolicies: (input, call) => user.list(call.account, input.UserName, input),
    ListGroupPolicies: (input, call) => group.list(call.account, input.GroupName, input),
    ListRolePolicies: (input, call) => role.list(call.account, input.RoleName, input),
    DeleteUserPolicy: (input, call) => user.remove(call.account, input.UserName, input.PolicyName),
    DeleteGroupPolicy: (input, call) => group.remove(call.account, input.GroupName, input.PolicyName),
    DeleteRolePolicy: (input, call) => role.remove(call.account, input.RoleName, input.PolicyName),
    GetUserPolicy: async ({ UserName, PolicyName }, call) => ({
      UserName,
      PolicyName,
      PolicyDocument: await user.get(call.account, UserName, PolicyName),
    }),
    GetGroupPolicy: async ({ GroupName, PolicyName }, call) => ({
      GroupName,
      PolicyName,
      PolicyDocument: await group.get(call.account, GroupName, PolicyName),
    }),
    GetRolePolicy: async ({ RoleName, PolicyName }, call) => ({
      RoleName,
      PolicyName,
      PolicyDocument: await role.get(call.account, RoleName, PolicyName),
    }),
  }
}

interface InlinePolicy {
  readonly PolicyName: string
  readonly PolicyDocument: string
}

interface NamesPage {
  readonly PolicyNames: readonly string[]
  readonly IsTruncated: boolean
  readonly Marker: string | undefined
}

interface AttachedPage {
  readonly AttachedPolicies: readonly AttachedPolicy[]
  readonly IsTruncated: boolean
  readonly Marker: string | undefined
}

interface HolderOperations {
  attach(account: string, name: string, arn: string): Promise<object>
  detach(account: string, name: string, arn: string): Promise<object>
  listAttached(
    account: string,
    name: string,
    page: PageRequest & { readonly PathPrefix?: string | undefined },
  ): Promise<AttachedPage>
  put(account: string, name: string, policy: InlinePolicy): Promise<object>
  /** @returns the document, percent-encoded */
  get(account: string, name: string, policy: string): Promise<string>
  list(account: string, name: string, page: PageRequest): Promise<NamesPage>
  remove(account: string, name: string, policy: string): Promise<object>
}

function operationsOn({ store }: IamContext, noun: HolderNoun, quota: string): HolderOperations {
  const inlineNotFound = (name: string): AwsError =>
    noSuchEntity(`The ${noun} policy with name ${name} cannot be found.`)
  return {
    async attach(account, name, arn) {
      await changeHolder(store, noun, account, name, async ({ attached }, tx) => {
        if ((await managedDocument(tx, account, arn)) === undefined) {
          throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
        }
        if (attached.includes(arn)) return {}
        checkQuota(quota, managedPoliciesMax, attached.length + 1)
        return { attached: [...attached, arn] }
      })
      return {}
    },

    async detach(account, name, arn) {
      await changeHolder(store, noun, account, name, ({ attached }) => {
        if (!attached.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`)
        return { attached: attached.filter((one) => one !== arn) }
      })
      return {}
    },

    async listAttached(account, name, { PathPrefix = '/', ...page }) {
      const { attached } = await readHolder(store, noun, account, name)
      const all = attached.filter((arn) => arn.slice(arn.indexOf('/')).startsWith(PathPrefix))
      const { items, IsTruncated, Marker } = pageOf(all, (arn) => arn, page)
      const AttachedPolicies = items.map((arn) => ({
        PolicyName: arn.slice(arn.lastIndexOf('/') + 1),
        PolicyArn: arn,
      }))
      return { AttachedPolicies, IsTruncated, Marker }
    },

    async put(account, name, { PolicyName, PolicyDocument }) {
      checkPolicyDocument(PolicyDocument, 'identity')
      await changeHolder(store, noun, account, name, ({ inline }) => {
        const after = { ...inline, [PolicyName]: PolicyDocument }
        const characters = Object.values(after).reduce((sum, text) => sum + policyCharacters(text), 0)
        const most = inlinePolicyCharactersMax[noun]
        if (characters > most) {
          const message = `Maximum policy size of ${most} bytes exceeded for ${noun} ${name}`
          throw new AwsError('LimitExceededException', message, 409)
        }
        return { inline: after }
      })
      return {}
    },

    async get(account, name, policy) {
      const { inline } = await readHolder(store, noun, account, name)
      const document = Object.hasOwn(inline, policy) ? inline[policy] : undefined
      if (document === undefined) throw inlineNotFound(policy)
      return encodeDocument(document)
    },

    async list(account, name, page) {
      const { inline } = await readHolder(store, noun, account, name)
      const { items, IsTruncated, Marker } = pageOf(Object.keys(inline), (one) => one, page)
      return { PolicyNames: items, IsTruncated, Marker }
    },

    async remove(account, name, policy) {
      await changeHolder(store, noun, account, name, ({ inline }) => {
        if (!Object.hasOwn(inline, policy)) throw inlineNotFound(policy)
        return { inline: Object.fromEntries(Object.entries(inline).filter(([one]) => one !== policy)) }
      })
      return {}
    },
  }
}
