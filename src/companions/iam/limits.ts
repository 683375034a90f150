/** IAM User Guide, "IAM and AWS STS quotas": the defaults. */
export const accessKeysPerUserMax = 2
export const groupsPerUserMax = 10
export const managedPoliciesMax = 10
export const policyVersionsMax = 5
export const tagsMax = 50
/** Characters that are no white space. */
export const managedPolicyCharactersMax = 6144
export const trustPolicyCharactersMax = 2048
/** Of all inline policies of one holder together. */
export const inlinePolicyCharactersMax = { user: 2048, group: 5120, role: 10_240 } as const
export const usersMax = 5000
export const rolesMax = 1000
export const groupsMax = 300
export const policiesMax = 1500
export const oidcProvidersMax = 100
export const clientIdsPerProviderMax = 100
export const thumbprintsPerProviderMax = 5
/** Per page, where the caller says nothing. */
export const pageItems = 100
